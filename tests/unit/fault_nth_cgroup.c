/* SPDX-License-Identifier: MIT */
/*
 * Rows of fault_nth.c: directories, tasks, and files that are written.
 */
#include "fault_nth.h"

static int do_mkdir(struct stage *s)
{
	return memcgsim_cgroup_mkdir(s->u->machine, "p/x");
}

static void undo_mkdir(struct stage *s)
{
	unit_rmdir(s->u, "p/x");
}

static int do_fork(struct stage *s)
{
	return memcgsim_fork(s->u->machine, NULL, &s->task);
}

static void undo_fork(struct stage *s)
{
	assert_int_equal(memcgsim_do_exit(s->task), 0);
}

/* Into a directory without tasks: its mm, its css_set and itself. */
static int do_clone(struct stage *s)
{
	struct memcgsim_clone_args args = { .flags = MEMCGSIM_CLONE_INTO_CGROUP, .cgroup = "t" };

	return memcgsim_kernel_clone(s->u->machine, s->u->task, &args, &s->task);
}

static int do_exec(struct stage *s)
{
	(void)s;
	return memcgsim_begin_new_exec();
}

static void undo_exec(struct stage *s)
{
	(void)s; /* one mm is as good as another */
}

static int do_attach(struct stage *s)
{
	return memcgsim_cgroup_attach_task(s->u->machine, "t", s->u->task);
}

static int do_procs(struct stage *s)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", memcgsim_task_pid(s->u->task));
	return memcgsim_cgroupfs_write(s->u->machine, "t/cgroup.procs", pid);
}

static void undo_attach(struct stage *s)
{
	assert_int_equal(memcgsim_cgroup_attach_task(s->u->machine, "a", s->u->task), 0);
}

/*
 * Two children get memcgs, with a cost each, and three tasks new css_sets: many places to fail, one
 * to undo.
 */
static int do_enable(struct stage *s)
{
	return memcgsim_cgroupfs_write(s->u->machine, "p/q/cgroup.subtree_control", "+memory");
}

static void undo_enable(struct stage *s)
{
	unit_write(s->u, "p/q/cgroup.subtree_control", "-memory");
}

/* Here nothing is made but css_sets, for the tasks below q: all of them, or none moves. */
static int do_disable(struct stage *s)
{
	return memcgsim_cgroupfs_write(s->u->machine, "p/cgroup.subtree_control", "-memory");
}

static void undo_disable(struct stage *s)
{
	memcgsim_run_work(s->u->machine); /* the old one's id is free again */
	unit_write(s->u, "p/cgroup.subtree_control", "+memory");
}

const struct operation fault_rows_cgroup[] = {
	{ .function = "memcgsim_cgroup_mkdir",
	  .act = do_mkdir,
	  .undo = undo_mkdir,
	  .fails_at = AT(OBJECT) | AT(CHARGE) },
	{ .function = "memcgsim_fork", .act = do_fork, .undo = undo_fork, .fails_at = AT(OBJECT) },
	{ .function = "memcgsim_kernel_clone",
	  .act = do_clone,
	  .undo = undo_fork,
	  .fails_at = AT(OBJECT) },
	{ .function = "memcgsim_begin_new_exec",
	  .act = do_exec,
	  .undo = undo_exec,
	  .fails_at = AT(OBJECT) },
	{ .function = "memcgsim_cgroup_attach_task",
	  .act = do_attach,
	  .undo = undo_attach,
	  .fails_at = AT(OBJECT) },
	{ .function = "memcgsim_cgroupfs_write",
	  .which = "cgroup.procs",
	  .act = do_procs,
	  .undo = undo_attach,
	  .fails_at = AT(OBJECT) },
	{ .function = "memcgsim_cgroupfs_write",
	  .which = "+memory",
	  .act = do_enable,
	  .undo = undo_enable,
	  .fails_at = AT(OBJECT) | AT(CHARGE) },
	{ .function = "memcgsim_cgroupfs_write",
	  .which = "-memory",
	  .act = do_disable,
	  .undo = undo_disable,
	  .fails_at = AT(OBJECT) },
	{ 0 },
};
