/* SPDX-License-Identifier: MIT */
/*
 * cgroupfs/files: which file is where, what it says, and what it takes.
 */
#include "unit.h"

#include "cgroupfs/files.h"

static int write_file(struct unit *u, const char *path, const char *text)
{
	return memcgsim_cgroupfs_write(u->machine, path, text);
}

/*
 * Models: section 10.2 (!root), G-06, G-10. Memory's files are where a memcg is, most of
 * them not at the root.
 */
static void files_exist_where_the_kernel_has_them(void **state)
{
	static const struct {
		const char *name;
		bool at_root, with_memcg, without;
	} table[] = {
		{ "cgroup.controllers", true, true, true },
		{ "cgroup.procs", true, true, true },
		{ "cgroup.stat", true, true, true },
		{ "cgroup.subtree_control", true, true, true },
		{ "memory.current", false, true, false },
		{ "memory.events", false, true, false },
		{ "memory.events.local", false, true, false },
		{ "memory.high", false, true, false },
		{ "memory.low", false, true, false },
		{ "memory.max", false, true, false },
		{ "memory.min", false, true, false },
		{ "memory.oom.group", false, true, false },
		{ "memory.reclaim", true, true, false },
		{ "memory.peak", false, true, false },
		{ "memory.stat", true, true, false },
		{ "memory.swap.current", false, true, false },
		{ "memory.swap.events", false, true, false },
		{ "memory.swap.high", false, true, false },
		{ "memory.swap.max", false, true, false },
		{ "memory.swap.peak", false, true, false },
		{ "memory.nonsense", false, false, false },
		{ "memory.ma", false, false, false },
	};
	struct unit *u = unit_world(state, NULL);

	unit_mkdir(u, "a/x");
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const char *name = table[i].name;

		assert_int_equal(msim_file_find(u->machine->root, name, strlen(name)) != NULL,
				 table[i].at_root);
		assert_int_equal(msim_file_find(unit_cgroup(u, "a"), name, strlen(name)) != NULL,
				 table[i].with_memcg);
		assert_int_equal(msim_file_find(unit_cgroup(u, "a/x"), name, strlen(name)) != NULL,
				 table[i].without);
	}
}

/*
 * Models: C-13, P-06, R-05. current includes the stocks and peak is the watermark, in
 * bytes.
 */
static void current_and_peak_are_bytes_of_the_counter(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);

	unit_assert_file(u, "a/memory.current", "262144\n");
	assert_int_equal(memcgsim_drain_all_stock(u->machine, "a"), 0);
	unit_assert_file(u, "a/memory.current", "4096\n");
	unit_assert_file(u, "a/memory.peak", "262144\n");
	memcgsim___free_pages(page, 0);
}

/*
 * Models: section 10.2 (peak). Any text resets the file that is open here: so none that is
 * opened later.
 */
static void writing_peak_changes_no_other_reader(void **state)
{
	struct unit *u = unit_world(state, NULL);

	memcgsim___free_pages(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0), 0);
	assert_int_equal(write_file(u, "a/memory.peak", "anything"), 0);
	unit_assert_file(u, "a/memory.peak", "262144\n");
}

/*
 * Models: F-01, F-02, F-03. max by default; floored to pages; refused text changes
 * nothing.
 */
static void max_is_floored_and_round_trips(void **state)
{
	struct unit *u = unit_world(state, NULL);

	unit_assert_file(u, "a/memory.max", "max\n");
	unit_write(u, "a/memory.max", "4097");
	unit_assert_file(u, "a/memory.max", "4096\n");
	assert_int_equal(write_file(u, "a/memory.max", "-1"), -EINVAL);
	unit_assert_file(u, "a/memory.max", "4096\n");
	unit_write(u, "a/memory.max", " max\n"); /* F-06 */
	unit_assert_file(u, "a/memory.max", "max\n");
	unit_write(u, "a/memory.max", "\n");
	unit_assert_file(u, "a/memory.max", "0\n");
}

/*
 * Models: P-08. The limit is set whatever the usage; below it the stocks are drained.
 */
static void max_below_the_usage_drains_and_succeeds(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 1);

	unit_write(u, "a/memory.max", "1M"); /* above: nothing to drain */
	assert_int_equal(unit_usage(u, "a"), 64);
	unit_write(u, "a/memory.max", "4096");
	assert_int_equal(unit_usage(u, "a"), 2);
	unit_assert_file(u, "a/memory.max", "4096\n");
	memcgsim___free_pages(page, 1);
}

/*
 * Models: G-03. Pids, one a line, in the order of coming; writing one moves it.
 */
static void procs_lists_and_moves_tasks(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_task *second = unit_fork(u, "a");
	char text[64];

	unit_mkdir(u, "b");
	snprintf(text, sizeof(text), "%d\n%d\n", u->task->pid, second->pid);
	unit_assert_file(u, "a/cgroup.procs", text);
	snprintf(text, sizeof(text), "%d\n", second->pid);
	unit_write(u, "b/cgroup.procs", text);
	unit_assert_file(u, "b/cgroup.procs", text);
	unit_write(u, "b/cgroup.procs", "0"); /* oneself */
	assert_ptr_equal(u->task->cset->cgroup, unit_cgroup(u, "b"));
	unit_assert_file(u, "a/cgroup.procs", "");
	unit_write(u, "a/cgroup.procs", "0x1"); /* any base: the first task */
	assert_ptr_equal(u->task->cset->cgroup, unit_cgroup(u, "a"));
}

/*
 * Models: G-03. No number, a negative one, too large a one; nobody of that name; nobody at
 * all.
 */
static void procs_refuses_what_is_no_task(void **state)
{
	struct unit *u = unit_world(state, NULL);

	assert_int_equal(write_file(u, "a/cgroup.procs", "abc"), -EINVAL);
	assert_int_equal(write_file(u, "a/cgroup.procs", "1x"), -EINVAL);
	assert_int_equal(write_file(u, "a/cgroup.procs", "1 1"), -EINVAL);
	assert_int_equal(write_file(u, "a/cgroup.procs", "-1"), -EINVAL);
	assert_int_equal(write_file(u, "a/cgroup.procs", "99999999999"), -EINVAL);
	assert_int_equal(write_file(u, "a/cgroup.procs", "\n"), -EINVAL);
	assert_int_equal(write_file(u, "a/cgroup.procs", "777"), -ESRCH);
	assert_int_equal(memcgsim_switch_to(NULL), 0);
	assert_int_equal(write_file(u, "a/cgroup.procs", "0"), -ESRCH);
}

/* Models: section 10.2 (-). Files that only tell take nothing. */
static void files_that_only_tell_refuse_writes(void **state)
{
	static const char *const only[] = { "cgroup.controllers",  "cgroup.stat",
					    "memory.current",	   "memory.events",
					    "memory.events.local", "memory.stat" };
	struct unit *u = unit_world(state, NULL);
	char path[64];

	for (size_t i = 0; i < sizeof(only) / sizeof(only[0]); i++) {
		snprintf(path, sizeof(path), "a/%s", only[i]);
		assert_int_equal(write_file(u, path, "1"), -EINVAL);
	}
}

/*
 * Models: section 17. nr_subsys_* count the directory itself, and every number has its
 * line.
 */
static void stat_counts_the_subtree(void **state)
{
	struct unit *u = unit_world(state, NULL);

	unit_write(u, "cgroup.subtree_control", "+pids");
	unit_mkdir(u, "a/x");
	unit_assert_file(
		u, "cgroup.stat",
		"nr_descendants 2\nnr_subsys_memory 2\nnr_subsys_pids 2\n"
		"nr_dying_descendants 0\nnr_dying_subsys_memory 0\nnr_dying_subsys_pids 0\n");
	unit_assert_file(
		u, "a/cgroup.stat",
		"nr_descendants 1\nnr_subsys_memory 1\nnr_subsys_pids 1\n"
		"nr_dying_descendants 0\nnr_dying_subsys_memory 0\nnr_dying_subsys_pids 0\n");
}

/* Models: F-01, F-02, F-03. The other limits: their defaults, floored, refused text changes nothing. */
static void limits_have_their_defaults_and_floor(void **state)
{
	static const struct {
		const char *path, *standard;
	} limits[] = {
		{ "a/memory.min", "0\n" },
		{ "a/memory.low", "0\n" },
		{ "a/memory.high", "max\n" },
	};
	struct unit *u = unit_world(state, NULL);

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		unit_assert_file(u, limits[i].path, limits[i].standard);
		unit_write(u, limits[i].path, "4097");
		unit_assert_file(u, limits[i].path, "4096\n");
		assert_int_equal(write_file(u, limits[i].path, "-1"), -EINVAL);
		unit_assert_file(u, limits[i].path, "4096\n");
		unit_write(u, limits[i].path, "max");
		unit_assert_file(u, limits[i].path, "max\n");
		unit_write(u, limits[i].path, "\n");
		unit_assert_file(u, limits[i].path, "0\n");
	}
	assert_int_equal(unit_memcg(u, "a")->memory.max, MSIM_PAGE_COUNTER_MAX);
}

/* Models: section 10.2 (oom.group). 0 and 1, in any writing; nothing else. */
static void oom_group_is_0_or_1(void **state)
{
	struct unit *u = unit_world(state, NULL);

	unit_assert_file(u, "a/memory.oom.group", "0\n");
	unit_write(u, "a/memory.oom.group", "0x1\n");
	unit_assert_file(u, "a/memory.oom.group", "1\n");
	assert_int_equal(write_file(u, "a/memory.oom.group", "2"), -EINVAL);
	assert_int_equal(write_file(u, "a/memory.oom.group", "-1"), -EINVAL);
	assert_int_equal(write_file(u, "a/memory.oom.group", "99999999999"), -ERANGE);
	assert_int_equal(write_file(u, "a/memory.oom.group", "\n"), -EINVAL);
	unit_assert_file(u, "a/memory.oom.group", "1\n");
	unit_write(u, "a/memory.oom.group", "0");
	unit_assert_file(u, "a/memory.oom.group", "0\n");
}

/* Models: section 10.2 (reclaim), section 17. Written only, at the root too; with nothing to be had EAGAIN. */
static void reclaim_is_only_written(void **state)
{
	struct unit *u = unit_world(state, NULL);
	char *text;

	assert_int_equal(memcgsim_cgroupfs_read(u->machine, "a/memory.reclaim", &text), -EINVAL);
	assert_int_equal(write_file(u, "memory.reclaim", "K"), 0);
	assert_int_equal(write_file(u, "a/memory.reclaim", "4096"), -EAGAIN);
	assert_int_equal(write_file(u, "a/memory.reclaim", "4096 swappiness=300"), -EINVAL);
	assert_int_equal(write_file(u, "a/memory.reclaim", ""), 0); /* F-04: not even looked at */
}

/*
 * Models: section 10.2, F-01, F-03, C-16. The files of swap: at first without limits; max and high are set
 * whatever the usage, and events are those of the subtree.
 */
static void swap_files_are_of_the_swap_counter(void **state)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_page *page;
	struct unit *u;

	config.nr_swap_pages = 4;
	u = unit_world(state, &config);
	unit_assert_file(u, "a/memory.swap.max", "max\n");
	unit_assert_file(u, "a/memory.swap.high", "max\n");
	unit_assert_file(u, "a/memory.swap.events", "high 0\nmax 0\nfail 0\n");
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER | MEMCGSIM___GFP_COMP, 1);
	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER), 0);
	memcgsim_folio_lock(page);
	assert_true(memcgsim_add_to_swap(page));
	unit_assert_file(u, "a/memory.swap.current", "8192\n");
	unit_write(u, "a/memory.swap.max", "5000\n");
	unit_assert_file(u, "a/memory.swap.max", "4096\n");
	unit_assert_file(u, "a/memory.swap.current", "8192\n"); /* nothing is reclaimed */
	assert_int_equal(write_file(u, "a/memory.swap.max", "-1"), -EINVAL);
	unit_write(u, "a/memory.swap.high", "1m");
	unit_assert_file(u, "a/memory.swap.high", "1048576\n");
	memcgsim_delete_from_swap_cache(page);
	unit_assert_file(u, "a/memory.swap.current", "0\n");
	unit_assert_file(u, "a/memory.swap.peak", "8192\n");
	assert_int_equal(write_file(u, "a/memory.swap.peak", "anything"), 0);
	assert_int_equal(write_file(u, "a/memory.swap.events", "1"), -EINVAL);
	assert_false(memcgsim_add_to_swap(page));
	unit_assert_file(u, "a/memory.swap.events", "high 0\nmax 1\nfail 1\n");
	unit_assert_file(u, "a/memory.events",
			 "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\noom_group_kill 0\n");
	memcgsim_folio_unlock(page);
	memcgsim_folio_put(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(files_exist_where_the_kernel_has_them),
		unit_case(current_and_peak_are_bytes_of_the_counter),
		unit_case(writing_peak_changes_no_other_reader),
		unit_case(max_is_floored_and_round_trips),
		unit_case(max_below_the_usage_drains_and_succeeds),
		unit_case(procs_lists_and_moves_tasks),
		unit_case(procs_refuses_what_is_no_task),
		unit_case(files_that_only_tell_refuse_writes),
		unit_case(stat_counts_the_subtree),
		unit_case(limits_have_their_defaults_and_floor),
		unit_case(oom_group_is_0_or_1),
		unit_case(reclaim_is_only_written),
		unit_case(swap_files_are_of_the_swap_counter),
	};

	return cmocka_run_group_tests_name("files", tests, NULL, NULL);
}
