/* SPDX-License-Identifier: MIT */
/*
 * cgroupfs/paths: the errors that a mounted cgroup2 gives, each once.
 */
#include "unit.h"

static int mkdir_at(struct unit *u, const char *path)
{
	return memcgsim_cgroup_mkdir(u->machine, path);
}

static int rmdir_at(struct unit *u, const char *path)
{
	return memcgsim_cgroup_rmdir(u->machine, path);
}

static int read_at(struct unit *u, const char *path)
{
	char *text = NULL;
	int err = memcgsim_cgroupfs_read(u->machine, path, &text);

	if (err)
		assert_null(text); /* written only on success */
	free(text);
	return err;
}

/*  root -- a -- b  */
static struct unit *tree(void **state)
{
	struct unit *u = unit_machine(state, NULL);

	unit_write(u, "cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a");
	unit_mkdir(u, "a/b");
	return u;
}

/* Models: the VFS. Slashes more or less, dots, and up from the root. */
static void same_place_has_many_paths(void **state)
{
	static const char *const same[] = { "a/b",	"/a/b",	     "a//b/", "./a/./b",
					    "a/../a/b", "../../a/b", "a/b/." };
	struct unit *u = tree(state);
	char path[64];

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_int_equal(memcgsim_drain_all_stock(u->machine, same[i]), 0);
		snprintf(path, sizeof(path), "%s/cgroup.procs", same[i]);
		assert_int_equal(read_at(u, path), 0);
	}
	assert_int_equal(memcgsim_drain_all_stock(u->machine, "/"), 0);
	assert_int_equal(memcgsim_drain_all_stock(u->machine, ""), 0);
}

/*
 * Models: G-01. What is there cannot be made: a directory, a file, the root, the dots.
 */
static void mkdir_of_what_exists_fails(void **state)
{
	static const char *const taken[] = { "a",	    "a/", "a/b", "",	 "/",
					     ".",	    "..", "a/.", "a/..", "cgroup.procs",
					     "a/memory.max" };
	struct unit *u = tree(state);

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		assert_int_equal(mkdir_at(u, taken[i]), -EEXIST);
	assert_int_equal(mkdir_at(u, "a/b/memory.max"), 0); /* no file there: b has no memcg */
	assert_int_equal(u->machine->nr_cgroups, 3);
}

/* Models: the VFS. All but the last must be there, and be directories. */
static void mkdir_below_nothing_fails(void **state)
{
	struct unit *u = tree(state);

	assert_int_equal(mkdir_at(u, "x/y"), -ENOENT);
	assert_int_equal(mkdir_at(u, "a/x/y"), -ENOENT);
	assert_int_equal(mkdir_at(u, "a/memory.max/y"), -ENOTDIR);
	assert_int_equal(u->machine->nr_cgroups, 2);
}

/* Models: G-01. A newline in the name; a name of 255 bytes is the longest. */
static void mkdir_of_an_impossible_name_fails(void **state)
{
	struct unit *u = tree(state);
	char name[300];

	assert_int_equal(mkdir_at(u, "x\ny"), -EINVAL);
	assert_int_equal(mkdir_at(u, "\n"), -EINVAL);
	memset(name, 'n', sizeof(name));
	name[256] = '\0';
	assert_int_equal(mkdir_at(u, name), -ENAMETOOLONG);
	name[255] = '\0';
	assert_int_equal(mkdir_at(u, name), 0);
	assert_int_equal(mkdir_at(u, name), -EEXIST);
}

/* Models: G-02, the VFS. What cannot be removed, and why. */
static void rmdir_of_what_cannot_go_fails(void **state)
{
	struct unit *u = tree(state);

	assert_int_equal(rmdir_at(u, "x"), -ENOENT);
	assert_int_equal(rmdir_at(u, "x/y"), -ENOENT);
	assert_int_equal(rmdir_at(u, "a/memory.max"), -ENOTDIR);
	assert_int_equal(rmdir_at(u, "a/memory.max/x"), -ENOTDIR);
	assert_int_equal(rmdir_at(u, "a"), -EBUSY); /* b */
	assert_int_equal(rmdir_at(u, ""), -EBUSY);
	assert_int_equal(rmdir_at(u, "a/."), -EINVAL);
	assert_int_equal(rmdir_at(u, "a/b/.."), -ENOTEMPTY);
	assert_int_equal(rmdir_at(u, "a/b/"), 0);
	assert_int_equal(rmdir_at(u, "a/b"), -ENOENT);
}

/*
 * Models: F-04, the VFS. Reading: nothing there, a directory, a file where a directory
 * should be.
 */
static void read_of_what_is_no_file_fails(void **state)
{
	struct unit *u = tree(state);

	assert_int_equal(read_at(u, "a/memory.max"), 0);
	assert_int_equal(read_at(u, "a/nonsense"), -ENOENT);
	assert_int_equal(read_at(u, "x/memory.max"), -ENOENT);
	assert_int_equal(read_at(u, "memory.max"), -ENOENT);	 /* not at the root */
	assert_int_equal(read_at(u, "a/b/memory.max"), -ENOENT); /* nor without a memcg */
	assert_int_equal(read_at(u, "a"), -EISDIR);
	assert_int_equal(read_at(u, ""), -EISDIR);
	assert_int_equal(read_at(u, "a/cgroup.procs/x"), -ENOTDIR);
}

/*
 * Models: F-04, F-06. Writing: nothing is done by nothing; a page is too much; blanks go.
 */
static void write_has_the_errors_of_the_file_system(void **state)
{
	struct unit *u = tree(state);
	char *text = malloc(4097);
	int fits, too_long;

	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "a", "1"), -EISDIR);
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "a/x", "1"), -ENOENT);
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "a/memory.max/x", "1"), -ENOTDIR);
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "a/memory.max", ""), 0);
	unit_assert_file(u, "a/memory.max", "max\n");
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "a/memory.current", ""), 0);
	assert_non_null(text);
	memset(text, ' ', 4097);
	text[0] = '8';
	text[4096] = '\0';
	too_long = memcgsim_cgroupfs_write(u->machine, "a/memory.max", text);
	text[4095] = '\0';
	fits = memcgsim_cgroupfs_write(u->machine, "a/memory.max", text);
	free(text);
	assert_int_equal(too_long, -E2BIG);
	assert_int_equal(fits, 0);
	unit_assert_file(u, "a/memory.max", "0\n");
}

/* Models: G-03. Where a task can go. */
static void attach_to_what_is_no_directory_fails(void **state)
{
	struct unit *u = tree(state);
	struct memcgsim_task *task = unit_fork(u, "");

	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "x", task), -ENOENT);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a/memory.max", task), -ENOTDIR);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a/x/y", task), -ENOENT);
	assert_ptr_equal(task->cset->cgroup, u->machine->root);
}

/*
 * Models: F-04. A removed directory's files are gone at once, dying or not.
 */
static void files_vanish_at_rmdir(void **state)
{
	struct unit *u = tree(state);

	assert_int_equal(rmdir_at(u, "a/b"), 0);
	assert_int_equal(read_at(u, "a/b/cgroup.procs"), -ENOENT);
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "a/b/cgroup.procs", "1"), -ENOENT);
}

/*
 * Models: G-10, L-02
 *
 *   root -- a -- x (no memcg) -- y
 *
 * A path leads to whoever pays there; its reference outlives the directory, whose name stays.
 */
static void memcg_from_path_is_held_and_knows_its_path(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mem_cgroup *memcg, *b;
	char path[16];

	unit_mkdir(u, "a/x");
	unit_mkdir(u, "a/x/y");
	assert_int_equal(memcgsim_mem_cgroup_from_path(u->machine, "a/x/y", &memcg), 0);
	assert_ptr_equal(memcg, unit_memcg(u, "a"));
	assert_int_equal(memcgsim_mem_cgroup_path(memcg, path, sizeof(path)), 1);
	assert_string_equal(path, "a");
	unit_assert_checked(u, MEMCGSIM_CHECK_Q);
	memcgsim_mem_cgroup_put(memcg);

	assert_int_equal(memcgsim_mem_cgroup_from_path(u->machine, "/", &memcg), 0);
	assert_int_equal(memcgsim_mem_cgroup_path(memcg, path, 2), 1);
	assert_string_equal(path, "/");
	memcgsim_mem_cgroup_put(memcg);
	memcgsim_mem_cgroup_put(NULL);

	unit_mkdir(u, "b");
	unit_write(u, "b/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "b/child");
	assert_int_equal(memcgsim_mem_cgroup_from_path(u->machine, "b/child", &b), 0);
	unit_rmdir(u, "b/child");
	unit_rmdir(u, "b");
	assert_int_equal(memcgsim_mem_cgroup_path(b, path, sizeof(path)), 7);
	assert_string_equal(path, "b/child");
	assert_int_equal(memcgsim_mem_cgroup_path(b, path, 7), -E2BIG);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0); /* offline, but held: not lost */
	memcgsim_mem_cgroup_put(b);
	assert_int_equal(memcgsim_mem_cgroup_from_path(u->machine, "b", &b), -ENOENT);
	assert_int_equal(memcgsim_mem_cgroup_from_path(u->machine, "a/memory.max", &b), -ENOTDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(same_place_has_many_paths),
		unit_case(mkdir_of_what_exists_fails),
		unit_case(mkdir_below_nothing_fails),
		unit_case(mkdir_of_an_impossible_name_fails),
		unit_case(rmdir_of_what_cannot_go_fails),
		unit_case(read_of_what_is_no_file_fails),
		unit_case(write_has_the_errors_of_the_file_system),
		unit_case(attach_to_what_is_no_directory_fails),
		unit_case(files_vanish_at_rmdir),
		unit_case(memcg_from_path_is_held_and_knows_its_path),
	};

	return cmocka_run_group_tests_name("paths", tests, NULL, NULL);
}
