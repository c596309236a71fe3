/* SPDX-License-Identifier: MIT */
/*
 * seam/percpu: the CPU lock's words in one thread; "line" is a line of the protocol in
 * seam/percpu.h. Where the machine has no membarrier (ThreadSanitizer) every lock is sticky from
 * creation, and `biased` is false.
 */
#include "unit.h"

static struct unit *four_cpus(void **state, bool *ret_biased)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.nr_cpus = 4;
	u = unit_machine(state, &config);
	*ret_biased = !u->machine->force_sticky;
	return u;
}

static struct msim_cpu_lock *lock_of(struct unit *u, unsigned int cpu)
{
	return &u->machine->cpus[cpu].lock;
}

static void assert_lock(struct unit *u, unsigned int cpu, unsigned int nbound, unsigned int sticky)
{
	assert_int_equal(lock_of(u, cpu)->nbound, nbound);
	assert_int_equal(lock_of(u, cpu)->sticky, sticky);
	assert_int_equal(lock_of(u, cpu)->closed, sticky); /* nobody visits */
	assert_int_equal(lock_of(u, cpu)->in, 0);
	assert_int_equal(lock_of(u, cpu)->spin.locked, 0);
}

/* Models: lines 1, 8. Open from creation if there is a membarrier. */
static void new_lock_is_open(void **state)
{
	bool biased;
	struct unit *u = four_cpus(state, &biased);

	for (unsigned int cpu = 0; cpu < 4; cpu++)
		assert_lock(u, cpu, 0, !biased);
	assert_int_equal(u->machine->parked.lock.closed, 1); /* the guests' CPU is never open */
}

/*
 * Models: lines 6, 7. nbound 1, 2, 1, 0: shared from the second on, until nobody is bound.
 */
static void lock_once_shared_stays_shared_until_nobody_is_bound(void **state)
{
	bool biased;
	struct unit *u = four_cpus(state, &biased);
	struct msim_cpu *cpu = &u->machine->cpus[1];
	struct msim_ctx guest, *ctx = msim_guest_enter(u->machine, &guest);

	msim_cpu_bind(cpu);
	assert_lock(u, 1, 1, !biased);
	msim_cpu_bind(cpu);
	assert_lock(u, 1, 2, 1);
	msim_cpu_unbind(cpu);
	assert_lock(u, 1, 1, 1); /* re-biasing here would be wrong */
	msim_cpu_bind(cpu);
	assert_lock(u, 1, 2, 1);
	msim_cpu_unbind(cpu);
	msim_cpu_unbind(cpu);
	assert_lock(u, 1, 0, !biased);
	msim_cpu_bind(cpu);
	assert_lock(u, 1, 1, !biased); /* and begins anew */
	msim_cpu_unbind(cpu);
	msim_guest_leave(ctx, &guest);
}

/*
 * Models: line 4. A visit closes the lock and takes its spin; also one's own CPU can be
 * visited.
 */
static void visit_closes_and_unvisit_reopens(void **state)
{
	bool biased;
	struct unit *u = four_cpus(state, &biased);
	unsigned int closed, locked;

	unit_run(u, 2, NULL);
	for (unsigned int cpu = 1; cpu <= 2; cpu++) {
		msim_cpu_visit(&u->machine->cpus[cpu]);
		closed = lock_of(u, cpu)->closed;
		locked = lock_of(u, cpu)->spin.locked;
		msim_cpu_unvisit(&u->machine->cpus[cpu]);
		assert_lock(u, cpu, cpu == 2, !biased);
		assert_int_equal(locked, 1);
		if (biased)
			assert_int_equal(closed, 1);
	}
}

/*
 * Models: lines 2, 3. The owner goes in while it is open, and is turned away, leaving no
 * trace, while closed.
 */
static void owner_enters_an_open_lock_only(void **state)
{
	bool biased, open, closed;
	struct unit *u = four_cpus(state, &biased);
	struct msim_cpu *cpu = &u->machine->cpus[0];
	unsigned int in;

	unit_run(u, 0, NULL);
	open = msim_cpu_enter(cpu);
	in = cpu->lock.in;
	msim_cpu_leave(cpu);
	msim_force_sticky(u->machine, true);
	closed = msim_cpu_enter(cpu);
	assert_int_equal(open, biased);
	assert_int_equal(in, biased);
	assert_false(closed);
	assert_int_equal(cpu->lock.in, 0);
	msim_force_sticky(u->machine, !biased);
}

/*
 * Models: lines 2, 3. How a section is entered: owned, spun where the lock is closed,
 * visited by a guest.
 */
static void section_has_the_kind_of_who_enters(void **state)
{
	bool biased;
	struct unit *u = four_cpus(state, &biased);
	struct msim_section owned, spun, visited;
	struct msim_ctx guest;

	unit_run(u, 3, NULL);
	owned = msim_section_enter(msim_ctx());
	msim_section_leave(&owned);
	msim_force_sticky(u->machine, true);
	spun = msim_section_enter(msim_ctx());
	msim_section_leave(&spun);
	msim_force_sticky(u->machine, !biased);
	msim_guest_enter_always(u->machine, &guest);
	visited = msim_section_enter(&guest);
	msim_section_leave(&visited);
	msim_guest_leave(&guest, &guest);
	assert_int_equal(owned.how, biased ? MSIM_OWNED : MSIM_SPUN);
	assert_ptr_equal(owned.cpu, &u->machine->cpus[3]);
	assert_int_equal(spun.how, MSIM_SPUN);
	assert_ptr_equal(spun.cpu, &u->machine->cpus[3]);
	assert_int_equal(visited.how, MSIM_VISITED);
	assert_ptr_equal(visited.cpu, &u->machine->cpus[0]); /* a guest's is the first */
	assert_int_equal(msim_ctx()->self.held_ranks, 0);
	assert_lock(u, 0, 0, !biased);
	assert_lock(u, 3, 1, 1); /* forced while it was bound */
}

/*
 * Models: line 5. All at once: every lock closed and held, and afterwards each as it was.
 */
static void visit_all_closes_every_cpu(void **state)
{
	bool biased;
	struct unit *u = four_cpus(state, &biased);
	unsigned int closed = 0, locked = 0;

	unit_run(u, 1, NULL);
	msim_visit_all(u->machine);
	for (unsigned int cpu = 0; cpu < 4; cpu++) {
		closed += lock_of(u, cpu)->closed;
		locked += lock_of(u, cpu)->spin.locked;
	}
	msim_unvisit_all(u->machine);
	assert_int_equal(closed, 4);
	assert_int_equal(locked, 4);
	for (unsigned int cpu = 0; cpu < 4; cpu++)
		assert_lock(u, cpu, cpu == 1, !biased);
}

/*
 * Models: line 7. Forced sticky, bound or not; released, those that are bound stay so
 * until they are not.
 */
static void force_sticky_lasts_until_nobody_is_bound(void **state)
{
	bool biased;
	struct unit *u = four_cpus(state, &biased);

	unit_run(u, 0, NULL);
	msim_force_sticky(u->machine, true);
	for (unsigned int cpu = 0; cpu < 4; cpu++)
		assert_lock(u, cpu, cpu == 0, 1);
	msim_force_sticky(u->machine, !biased);
	assert_lock(u, 0, 1, 1);
	assert_lock(u, 1, 0, !biased);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_lock(u, 0, 0, !biased);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(new_lock_is_open),
		unit_case(lock_once_shared_stays_shared_until_nobody_is_bound),
		unit_case(visit_closes_and_unvisit_reopens),
		unit_case(owner_enters_an_open_lock_only),
		unit_case(section_has_the_kind_of_who_enters),
		unit_case(visit_all_closes_every_cpu),
		unit_case(force_sticky_lasts_until_nobody_is_bound),
	};

	return cmocka_run_group_tests_name("percpu", tests, NULL, NULL);
}
