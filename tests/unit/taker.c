/* SPDX-License-Identifier: MIT */
/*
 * memcg/taker: who took which references. Things are made-up addresses: nothing is read through them.
 */
#include "unit.h"

#include "memcg/taker.h"

static const char things[4];

/* What the records of a thing add up to, and how many there are. */
static long sum(struct unit *u, enum msim_taken what, const void *object, unsigned int *ret_records)
{
	struct msim_list *pos;
	long total = 0;

	*ret_records = 0;
	msim_list_for_each (pos, &u->machine->takers.all) {
		const struct msim_taker *taker = msim_list_entry(pos, struct msim_taker, node);

		if (taker->what != what || taker->object != object)
			continue;
		total += taker->count;
		++*ret_records;
	}
	return total;
}

static void assert_records(struct unit *u, enum msim_taken what, const void *object, long total,
			   unsigned int records)
{
	unsigned int found;

	assert_int_equal(sum(u, what, object, &found), total);
	assert_int_equal(found, records);
}

/* Models: docs/design.md. Each kind of each thing has records of its own; what is put is forgotten. */
static void what_is_put_is_forgotten(void **state)
{
	struct unit *u = unit_world(state, NULL);

	msim_taker_took(u->machine, MSIM_TAKEN_OBJCG, &things[0], 1);
	msim_taker_took(u->machine, MSIM_TAKEN_OBJCG, &things[0], 2);
	msim_taker_took(u->machine, MSIM_TAKEN_OBJCG, &things[1], 1);
	msim_taker_took(u->machine, MSIM_TAKEN_ID, &things[0], 5);
	assert_records(u, MSIM_TAKEN_OBJCG, &things[0], 3, 1);
	assert_records(u, MSIM_TAKEN_OBJCG, &things[1], 1, 1);
	assert_records(u, MSIM_TAKEN_ID, &things[0], 5, 1);
	assert_records(u, MSIM_TAKEN_MEMCG, &things[0], 0, 0);
	msim_taker_put(u->machine, MSIM_TAKEN_OBJCG, &things[0], 3);
	msim_taker_put(u->machine, MSIM_TAKEN_OBJCG, &things[1], 1);
	assert_records(u, MSIM_TAKEN_ID, &things[0], 5, 1);
	msim_taker_put(u->machine, MSIM_TAKEN_ID, &things[0], 5);
	assert_true(msim_list_empty(&u->machine->takers.all));
	assert_int_equal(u->machine->takers.by_object.count, 0);
}

/* Models: docs/design.md. CPU and task tell takers apart; an unbound thread is one, too. */
static void takers_are_told_apart(void **state)
{
	struct memcgsim_config config = unit_config();
	struct msim_taker *taker;
	struct unit *u;

	config.nr_cpus = 2;
	u = unit_world(state, &config);
	msim_taker_took(u->machine, MSIM_TAKEN_MEMCG, things, 1);
	assert_int_equal(memcgsim_switch_to(NULL), 0);
	msim_taker_took(u->machine, MSIM_TAKEN_MEMCG, things, 1);
	unit_run(u, 1, u->task);
	msim_taker_took(u->machine, MSIM_TAKEN_MEMCG, things, 1);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	msim_taker_took(u->machine, MSIM_TAKEN_MEMCG, things, 1);
	assert_records(u, MSIM_TAKEN_MEMCG, things, 4, 4);
	taker = msim_list_first(&u->machine->takers.all, struct msim_taker, node);
	assert_int_equal(taker->pid, memcgsim_task_pid(u->task));
	assert_int_equal(taker->cpu, 0);
	taker = msim_list_last(&u->machine->takers.all, struct msim_taker, node);
	assert_int_equal(taker->pid, 0);
	assert_int_equal(taker->cpu, -1);
	/* one's own first: three are left, and the unbound thread's is gone */
	msim_taker_put(u->machine, MSIM_TAKEN_MEMCG, things, 1);
	assert_records(u, MSIM_TAKEN_MEMCG, things, 3, 3);
	taker = msim_list_last(&u->machine->takers.all, struct msim_taker, node);
	assert_int_equal(taker->cpu, 1);
	msim_taker_put(u->machine, MSIM_TAKEN_MEMCG, things, 3); /* then anybody's */
	assert_true(msim_list_empty(&u->machine->takers.all));
}

/*
 * Models: docs/design.md. Puts in excess are on record, and do not settle what others took; the
 * record outlives the thing, and is no record of the next one there.
 */
static void excess_is_on_record(void **state)
{
	struct unit *u = unit_world(state, NULL);

	msim_taker_put_extra(u->machine, MSIM_TAKEN_OBJCG, things, 2);
	assert_records(u, MSIM_TAKEN_OBJCG, things, -2, 1);
	assert_int_equal(memcgsim_switch_to(NULL), 0);
	msim_taker_took(u->machine, MSIM_TAKEN_OBJCG, things, 1);
	msim_taker_put(u->machine, MSIM_TAKEN_OBJCG, things, 1);
	assert_records(u, MSIM_TAKEN_OBJCG, things, -2, 1);
	/* who has put too many puts somebody else's next, not one more of those */
	msim_taker_took(u->machine, MSIM_TAKEN_OBJCG, things, 1);
	assert_int_equal(memcgsim_switch_to(u->task), 0);
	msim_taker_put(u->machine, MSIM_TAKEN_OBJCG, things, 1);
	assert_records(u, MSIM_TAKEN_OBJCG, things, -2, 1);
	msim_taker_forget(u->machine, things);
	assert_records(u, MSIM_TAKEN_OBJCG, things, 0, 0);
	assert_records(u, MSIM_TAKEN_OBJCG, NULL, -2, 1);
	msim_taker_took(u->machine, MSIM_TAKEN_OBJCG, things, 1); /* another one's address */
	assert_records(u, MSIM_TAKEN_OBJCG, things, 1, 1);
	msim_taker_put(u->machine, MSIM_TAKEN_OBJCG, things, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(what_is_put_is_forgotten),
		unit_case(takers_are_told_apart),
		unit_case(excess_is_on_record),
	};

	return cmocka_run_group_tests_name("taker", tests, NULL, NULL);
}
