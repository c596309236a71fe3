/* SPDX-License-Identifier: MIT */
/*
 * What the unit tests share: machines, small trees, and a teardown that holds every test to the
 * same end.
 *
 * A test that uses a machine makes it with unit_machine() or unit_world(); unit_teardown() then
 * asks for every invariant at Q0, before and after tasks and directories are taken away, for no bug
 * that was not expected, and for an empty leak report: so a test gives back the pages, objects and
 * references that it took.
 */
#ifndef TESTS_SUPPORT_UNIT_H
#define TESTS_SUPPORT_UNIT_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup/cgroup.h"
#include "memcg/ref.h"
#include "seam/percpu.h"
#include "seam/thread.h"
#include "types.h"

#define UNIT_PAGE     ((long)MEMCGSIM_PAGE_SIZE)
#define UNIT_MAX_BUGS 16
/* What memory.stat says of the LRU lists of who has no page on any. */
#define UNIT_NO_LRU                                                                                \
	"inactive_anon 0\nactive_anon 0\ninactive_file 0\nactive_file 0\nunevictable 0\n"

/* One test's machine. Static: a failing assertion jumps over whoever would free it. */
struct unit {
	struct memcgsim *machine;
	struct memcgsim_task *task; /* of unit_world(): in "a", running on this thread */
	unsigned long bugs_allowed; /* that many more bugs are expected ... */
	unsigned long nr_bugs;	    /* ... and so many were met, the first of them kept here */
	struct memcgsim_bug bugs[UNIT_MAX_BUGS];
	bool broken; /* the test has destroyed the machine itself */
};

static const char *unit_profile; /* what the test's machines behave as; NULL: as the program's */

static inline int unit_setup(void **state)
{
	(void)state;
	unit_profile = getenv("UNIT_PROFILE");
	return 0;
}

static inline int unit_setup_v6_12(void **state)
{
	(void)state;
	unit_profile = NULL;
	return 0;
}

/*
 * A test with the setup and teardown that all of them share: on machines of the kernel version that
 * UNIT_PROFILE names, for programs that hold on several (tests/unit/meson.build), or the default. And
 * one that holds a fact of v6.12 alone, about orig_objcg or what a task's word keeps: whatever the
 * program runs as, its machines are that.
 */
#define unit_case(fn)	    cmocka_unit_test_setup_teardown(fn, unit_setup, unit_teardown)
#define unit_case_v6_12(fn) cmocka_unit_test_setup_teardown(fn, unit_setup_v6_12, unit_teardown)

/* Tells of a bug; whether it was to be expected. */
static inline bool unit_on_bug(const struct memcgsim_bug *bug, void *arg)
{
	struct unit *u = arg;

	if (u->nr_bugs < UNIT_MAX_BUGS)
		u->bugs[u->nr_bugs] = *bug;
	u->nr_bugs++;
	if (u->bugs_allowed == 0) {
		print_error("unexpected bug: %s in %s()\n", bug->what, bug->function);
		return false;
	}
	u->bugs_allowed--;
	return true;
}

/*
 * A size that no test could afford if it cost memory: a tebibyte, but less where something else has
 * laid out the address space (ThreadSanitizer, valgrind; the latter's test setup says so).
 */
static inline unsigned long unit_huge_bytes(void)
{
	if (getenv("MEMCGSIM_UNDER_VALGRIND"))
		return 1UL << 28;
	return MSIM_TSAN ? 1UL << 36 : 1UL << 40;
}

/* 64 MiB and one CPU: small enough to be searched whole, large enough for every order. */
static inline struct memcgsim_config unit_config(void)
{
	struct memcgsim_config config;

	memcgsim_config_init(&config);
	if (unit_profile)
		config.profile = unit_profile;
	config.nr_pages = 16384;
	return config;
}

/* A machine without tasks; the thread stays unbound. */
static inline struct unit *unit_machine(void **state, const struct memcgsim_config *config)
{
	static struct unit u;
	struct memcgsim_config defaults = unit_config();

	memset(&u, 0, sizeof(u));
	assert_int_equal(memcgsim_create(config ? config : &defaults, &u.machine), 0);
	memcgsim_set_bug_handler(u.machine, unit_on_bug, &u);
	*state = &u;
	return &u;
}

/* ---- files and directories ---- */

/* These four must succeed: a test of what fails calls the library itself. */
static inline void unit_mkdir(struct unit *u, const char *path)
{
	assert_int_equal(memcgsim_cgroup_mkdir(u->machine, path), 0);
}

/*
 * Removed, and the deferred work is done: its memcg is offline, and freed unless somebody holds it.
 */
static inline void unit_rmdir(struct unit *u, const char *path)
{
	assert_int_equal(memcgsim_cgroup_rmdir(u->machine, path), 0);
	memcgsim_run_work(u->machine);
}

static inline void unit_write(struct unit *u, const char *path, const char *text)
{
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, path, text), 0);
}

static inline void unit_assert_file(struct unit *u, const char *path, const char *expected)
{
	char *text = NULL;
	char copy[512];

	assert_int_equal(memcgsim_cgroupfs_read(u->machine, path, &text), 0);
	snprintf(copy, sizeof(copy), "%s", text);
	free(text); /* before the assertion, which may jump */
	assert_string_equal(copy, expected);
}

/* A living directory by its path, with slashes in between only. */
static inline struct memcgsim_cgroup *unit_cgroup(struct unit *u, const char *path)
{
	struct memcgsim_cgroup *cgroup = u->machine->root;
	bool held = msim_self && (msim_self->held_ranks & (1UL << MSIM_RANK_CGROUP));

	if (!held)
		msim_mutex_lock(&u->machine->cgroup_mutex);
	while (*path && cgroup) {
		size_t length = strcspn(path, "/");

		cgroup = msim_cgroup_child(cgroup, path, length);
		path += length + (path[length] == '/');
	}
	if (!held)
		msim_mutex_unlock(&u->machine->cgroup_mutex);
	assert_non_null(cgroup);
	return cgroup;
}

/* Its own memcg, which it must have; and what that is charged, in pages. */
static inline struct memcgsim_mem_cgroup *unit_memcg(struct unit *u, const char *path)
{
	assert_non_null(unit_cgroup(u, path)->memcg);
	return unit_cgroup(u, path)->memcg;
}

static inline long unit_usage(struct unit *u, const char *path)
{
	return unit_memcg(u, path)->memory.usage;
}

/* ---- tasks and threads ---- */

/* A new task in a directory. */
static inline struct memcgsim_task *unit_fork(struct unit *u, const char *path)
{
	struct memcgsim_task *task = NULL;

	assert_int_equal(memcgsim_fork(u->machine, NULL, &task), 0);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, path, task), 0);
	return task;
}

/* Makes the thread CPU @cpu, running @task. */
static inline void unit_run(struct unit *u, unsigned int cpu, struct memcgsim_task *task)
{
	if (msim_ctx())
		assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_thread_bind(u->machine, cpu, task), 0);
}

/*  root -- a, where u->task is and runs on CPU 0  */
static inline struct unit *unit_world(void **state, const struct memcgsim_config *config)
{
	struct unit *u = unit_machine(state, config);

	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	u->task = unit_fork(u, "a");
	unit_run(u, 0, u->task);
	return u;
}

/* What a CPU has charged ahead: read by tests while nobody is inside. */
static inline struct msim_stock *unit_stock(struct unit *u, unsigned int cpu)
{
	return &u->machine->cpus[cpu].stock;
}

/* References as a reader at rest counts them. */
static inline long unit_refs(struct unit *u, const struct msim_ref *ref)
{
	return msim_ref_read(u->machine, ref);
}

/* ---- bugs and invariants ---- */

/* The next @count bugs are what the test wants. */
static inline void unit_allow_bugs(struct unit *u, unsigned long count)
{
	u->bugs_allowed += count;
}

/* So many bugs since the last question, all of that kind; they stay in u->bugs. */
static inline void unit_assert_bugs(struct unit *u, enum memcgsim_bug_kind kind,
				    unsigned long count)
{
	(void)memcgsim_nr_bugs(u->machine); /* tells what waits: everything, where checks are off */
	assert_int_equal(u->nr_bugs, count);
	for (unsigned long i = 0; i < count && i < UNIT_MAX_BUGS; i++)
		assert_int_equal(u->bugs[i].kind, kind);
	u->nr_bugs = 0;
}

static inline void unit_assert_bug(struct unit *u, enum memcgsim_bug_kind kind)
{
	unit_assert_bugs(u, kind, 1);
}

/* A violation in the words of its invariant, before the assertion that fails for it. */
static inline void unit_print_violation(const struct memcgsim_violation *violation, void *arg)
{
	(void)arg;
	print_error("%s: %s: expected %ld, found %ld: %s\n", violation->id, violation->object,
		    violation->expected, violation->found, violation->detail);
}

/* Every invariant of the level holds. */
static inline void unit_assert_checked(struct unit *u, enum memcgsim_check_level level)
{
	assert_int_equal(memcgsim_check(u->machine, level, unit_print_violation, NULL), 0);
}

/* Takes away tasks and directories, leaves first: what the tests may leave behind. */
static inline void unit_clear(struct unit *u)
{
	struct memcgsim *machine = u->machine;

	if (msim_ctx())
		(void)memcgsim_thread_unbind();
	while (!msim_list_empty(&machine->tasks))
		assert_int_equal(memcgsim_do_exit(msim_list_first(&machine->tasks,
								  struct memcgsim_task, node)),
				 0);
	while (!msim_list_empty(&machine->root->children)) {
		struct memcgsim_cgroup *cgroup = machine->root;
		struct msim_ctx guest, *ctx = msim_guest_enter(machine, &guest);
		int err;

		while (!msim_list_empty(&cgroup->children))
			cgroup =
				msim_list_first(&cgroup->children, struct memcgsim_cgroup, sibling);
		msim_mutex_lock(&machine->cgroup_mutex);
		err = msim_cgroup_remove(ctx, cgroup);
		msim_mutex_unlock(&machine->cgroup_mutex);
		msim_guest_leave(ctx, &guest);
		assert_int_equal(err, 0);
	}
	memcgsim_run_work(machine);
}

/* The end of every test: whole, and empty. */
static inline int unit_teardown(void **state)
{
	struct unit *u = *state;
	struct memcgsim_leaks leaks = { 0 };

	if (!u || u->broken)
		return 0;
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	unit_clear(u);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(u->bugs_allowed, 0); /* what was expected has come */
	assert_int_equal(memcgsim_destroy(u->machine, &leaks), 0);
	assert_int_equal(leaks.pages, 0);
	assert_int_equal(leaks.objects, 0);
	assert_int_equal(leaks.caches, 0);
	assert_int_equal(leaks.percpu, 0);
	assert_int_equal(leaks.vmalloc, 0);
	assert_int_equal(leaks.tasks, 0);
	assert_int_equal(leaks.cgroups, 0);
	assert_int_equal(leaks.objcgs, 0);
	assert_int_equal(leaks.mem_cgroups, 0);
	assert_int_equal(leaks.mms, 0);
	assert_int_equal(leaks.swap_slots, 0);
	assert_int_equal(leaks.bugs, 0);
	return 0;
}

#endif /* TESTS_SUPPORT_UNIT_H */
