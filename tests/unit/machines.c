/* SPDX-License-Identifier: MIT */
/*
 * Several machines in one process: they share nothing, whichever thread is inside which.
 */
#include "unit.h"

#include <pthread.h>

#include "base/rng.h"

#define NR_MACHINES 4
#define NR_STEPS    4000
#define NR_SLOTS    32

/* One machine's life on one thread; the drawing at its end is the thread's answer. */
struct life {
	uint64_t seed;
	struct memcgsim *machine;
	struct memcgsim_task *tasks[3];
	void *objects[NR_SLOTS];
	char *drawing;
	const char *verdict;
};

static const char *const dirs[] = { "a", "b", "b/c" };

static const char *set_up(struct life *life)
{
	struct memcgsim_config config = unit_config();

	config.seed = life->seed;
	config.nr_cpus = 3;
	if (memcgsim_create(&config, &life->machine) ||
	    memcgsim_cgroupfs_write(life->machine, "cgroup.subtree_control", "+memory"))
		return "the machine could not be made";
	for (unsigned int i = 0; i < 3; i++) {
		if (memcgsim_cgroup_mkdir(life->machine, dirs[i]) ||
		    memcgsim_fork(life->machine, NULL, &life->tasks[i]) ||
		    memcgsim_cgroup_attach_task(life->machine, dirs[i], life->tasks[i]))
			return "the cgroups could not be made";
	}
	return NULL;
}

/* Something, by the seed: as any CPU, for any task, or as a guest. */
static const char *step(struct life *life, struct msim_rng *rng)
{
	unsigned int slot = msim_rng_below(rng, NR_SLOTS), task = msim_rng_below(rng, 3);
	size_t size_bytes = 1 + msim_rng_below(rng, 12000);

	if (memcgsim_thread_bind(life->machine, msim_rng_below(rng, 3), life->tasks[task]))
		return "the thread could not be bound";
	memcgsim_kfree(life->objects[slot]);
	life->objects[slot] = memcgsim_kmalloc(size_bytes, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	if (memcgsim_thread_unbind())
		return "the thread could not be unbound";
	if (!life->objects[slot])
		return "an allocation was refused";
	if (msim_rng_below(rng, 50))
		return NULL;
	if (memcgsim_drain_all_stock(life->machine, dirs[task]) ||
	    memcgsim_cgroup_mkdir(life->machine, "x") || memcgsim_cgroup_rmdir(life->machine, "x"))
		return "a guest was refused";
	return NULL;
}

static const char *wind_up(struct life *life)
{
	struct memcgsim_leaks leaks;

	if (memcgsim_check(life->machine, MEMCGSIM_CHECK_Q0, NULL, NULL))
		return "an invariant does not hold";
	if (memcgsim_cgroup_dump(life->machine, &life->drawing))
		return "the tree could not be drawn";
	if (memcgsim_thread_bind(life->machine, 0, NULL))
		return "the thread could not be bound";
	for (unsigned int i = 0; i < NR_SLOTS; i++)
		memcgsim_kfree(life->objects[i]);
	if (memcgsim_thread_unbind() || memcgsim_destroy(life->machine, &leaks))
		return "the machine could not be destroyed";
	return leaks.objects || leaks.pages || leaks.bugs ? "something was left over" : NULL;
}

static void *live(void *arg)
{
	struct life *life = arg;
	struct msim_rng rng = { .state = life->seed };

	life->verdict = set_up(life);
	for (unsigned int i = 0; i < NR_STEPS && !life->verdict; i++)
		life->verdict = step(life, &rng);
	if (!life->verdict)
		life->verdict = wind_up(life);
	return NULL;
}

/*
 * Models: LAW 2, LAW 7. Four machines on four threads at once: each answers what it answers alone.
 */
static void machines_on_threads_share_nothing(void **state)
{
	struct life lives[NR_MACHINES] = { 0 }, alone = { .seed = 11 };
	pthread_t threads[NR_MACHINES];

	(void)state;
	live(&alone);
	assert_null(alone.verdict);
	for (unsigned int i = 0; i < NR_MACHINES; i++) {
		lives[i].seed = 11 + i % 2;
		assert_int_equal(pthread_create(&threads[i], NULL, live, &lives[i]), 0);
	}
	for (unsigned int i = 0; i < NR_MACHINES; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	for (unsigned int i = 0; i < NR_MACHINES; i++)
		assert_null(lives[i].verdict);
	assert_string_equal(lives[0].drawing, alone.drawing);
	assert_string_equal(lives[2].drawing, alone.drawing);
	assert_string_equal(lives[1].drawing, lives[3].drawing);
	assert_string_not_equal(lives[0].drawing, lives[1].drawing);
	for (unsigned int i = 0; i < NR_MACHINES; i++)
		free(lives[i].drawing);
	free(alone.drawing);
}

/* Two machines with a task each in "a". */
struct pair {
	struct memcgsim *machine[2];
	struct memcgsim_task *task[2];
};

static struct pair make_pair(void)
{
	struct memcgsim_config config = unit_config();
	struct pair p;

	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(memcgsim_create(&config, &p.machine[i]), 0);
		assert_int_equal(
			memcgsim_cgroupfs_write(p.machine[i], "cgroup.subtree_control", "+memory"),
			0);
		assert_int_equal(memcgsim_cgroup_mkdir(p.machine[i], "a"), 0);
		assert_int_equal(memcgsim_fork(p.machine[i], NULL, &p.task[i]), 0);
		assert_int_equal(memcgsim_cgroup_attach_task(p.machine[i], "a", p.task[i]), 0);
	}
	return p;
}

static void destroy_pair(struct pair *p)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct memcgsim_leaks leaks;

		assert_int_equal(memcgsim_check(p->machine[i], MEMCGSIM_CHECK_Q0,
						unit_print_violation, NULL),
				 0);
		assert_int_equal(memcgsim_do_exit(p->task[i]), 0);
		assert_int_equal(memcgsim_cgroup_rmdir(p->machine[i], "a"), 0);
		assert_int_equal(memcgsim_destroy(p->machine[i], &leaks), 0);
		assert_int_equal(leaks.pages + leaks.objects + leaks.cgroups + leaks.bugs, 0);
	}
}

static long usage_of_a(struct memcgsim *machine)
{
	char *text;
	long bytes;

	assert_int_equal(memcgsim_cgroupfs_read(machine, "a/memory.current", &text), 0);
	bytes = strtol(text, NULL, 10);
	free(text);
	return bytes;
}

/* Models: LAW 2. One thread is a CPU of two machines in turn; each knows only its own charges. */
static void one_thread_serves_two_machines_in_turn(void **state)
{
	struct pair p = make_pair();
	struct memcgsim_page *page[2];

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(memcgsim_thread_bind(p.machine[i], 0, p.task[i]), 0);
		assert_int_equal(memcgsim_thread_bind(p.machine[!i], 0, p.task[!i]), -EBUSY);
		page[i] = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
		assert_non_null(page[i]);
		assert_ptr_equal(memcgsim_this_machine(), p.machine[i]);
		assert_int_equal(memcgsim_switch_to(p.task[!i]), -EINVAL);
		assert_int_equal(memcgsim_thread_unbind(), 0);
		assert_int_equal(usage_of_a(p.machine[0]), 64 * UNIT_PAGE);
		assert_int_equal(usage_of_a(p.machine[1]), i * 64 * UNIT_PAGE);
	}
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(memcgsim_thread_bind(p.machine[i], 0, NULL), 0);
		memcgsim___free_pages(page[i], 0);
		assert_int_equal(memcgsim_thread_unbind(), 0);
	}
	destroy_pair(&p);
}

/*
 * Models: LAW 2. A thread bound to one machine calls into another, as its guest, and is bound to
 * the first as before; the first's CPU and task are untouched meanwhile.
 */
static void bound_thread_is_the_other_machines_guest(void **state)
{
	struct pair p = make_pair();
	struct memcgsim_task *child;
	struct memcgsim_page *page;

	(void)state;
	assert_int_equal(memcgsim_thread_bind(p.machine[0], 0, p.task[0]), 0);
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	assert_int_equal(memcgsim_cgroup_mkdir(p.machine[1], "b"), 0);
	assert_int_equal(memcgsim_fork(p.machine[1], p.task[1], &child), 0);
	assert_int_equal(memcgsim_cgroup_attach_task(p.machine[1], "b", child), 0);
	assert_int_equal(memcgsim_cgroup_attach_task(p.machine[1], "b", p.task[0]), -ESRCH);
	assert_int_equal(memcgsim_drain_all_stock(p.machine[1], "a"), 0);
	assert_int_equal(
		memcgsim_check(p.machine[1], MEMCGSIM_CHECK_Q0, unit_print_violation, NULL), 0);
	assert_int_equal(memcgsim_do_exit(child), 0);
	assert_int_equal(memcgsim_cgroup_rmdir(p.machine[1], "b"), 0);
	memcgsim_run_work(p.machine[1]);

	assert_ptr_equal(memcgsim_this_machine(), p.machine[0]);
	assert_ptr_equal(memcgsim_current(), p.task[0]);
	assert_int_equal(usage_of_a(p.machine[0]), 64 * UNIT_PAGE); /* not drained */
	assert_int_equal(usage_of_a(p.machine[1]), 0);
	memcgsim___free_pages(page, 0);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	destroy_pair(&p);
}

/*
 * Models: machine.h. A grace period waits for every section of the thread, of whichever machine:
 * whoever would wait for itself is refused.
 */
static void another_machines_read_section_is_one(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_config config = unit_config();
	struct memcgsim_task *task;
	struct memcgsim *other;

	assert_int_equal(memcgsim_create(&config, &other), 0);
	assert_int_equal(memcgsim_fork(other, NULL, &task), 0);
	assert_int_equal(memcgsim_do_exit(task), 0); /* freed after a grace period */
	memcgsim_rcu_read_lock();
	assert_int_equal(memcgsim_destroy(other, NULL), -EBUSY);
	memcgsim_rcu_read_unlock();
	assert_int_equal(memcgsim_destroy(other, NULL), 0);
	(void)u;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(machines_on_threads_share_nothing),
		cmocka_unit_test(one_thread_serves_two_machines_in_turn),
		cmocka_unit_test(bound_thread_is_the_other_machines_guest),
		unit_case(another_machines_read_section_is_one),
	};

	return cmocka_run_group_tests_name("machines", tests, NULL, NULL);
}
