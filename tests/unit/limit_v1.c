/* SPDX-License-Identifier: MIT */
/*
 * history/limit_v1: a limit of memory below what is used, which is refused unless reclaim makes it true.
 */
#include "unit.h"

#include <memcgsim/hooks.h>

#define ACCOUNT	  MEMCGSIM_GFP_KERNEL_ACCOUNT
#define MAX_PAGES 4

/* Pages that a hook may free. */
struct reclaimable {
	struct memcgsim_page *pages[MAX_PAGES];
	unsigned int nr;
	unsigned int calls;
};

static unsigned long reclaim(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
			     unsigned long nr_pages, memcgsim_gfp_t gfp, void *arg)
{
	struct reclaimable *r = arg;

	(void)machine, (void)memcg, (void)nr_pages, (void)gfp;
	r->calls++;
	if (r->nr == 0)
		return 0;
	memcgsim___free_pages(r->pages[--r->nr], 0);
	return 1;
}

/*  root -- a; k, accounted, where u->task is and has MAX_PAGES pages  */
static struct unit *world(void **state, struct reclaimable *r)
{
	struct memcgsim_config config = unit_config();
	struct memcgsim_hooks hooks = { .memcg_reclaim = reclaim, .arg = r };
	struct unit *u;

	config.profile = "v3.8";
	u = unit_world(state, &config);
	unit_mkdir(u, "k");
	unit_write(u, "k/memory.kmem.limit_in_bytes", "1M");
	unit_write(u, "k/cgroup.procs", "1");
	*r = (struct reclaimable){ 0 };
	while (r->nr < MAX_PAGES)
		r->pages[r->nr++] = memcgsim_alloc_pages(ACCOUNT, 0);
	memcgsim_set_hooks(u->machine, &hooks);
	return u;
}

static int set_limit(struct unit *u, const char *text)
{
	return memcgsim_cgroupfs_write(u->machine, "k/memory.limit_in_bytes", text);
}

/* Models: Y-07. It is reclaimed page by page until the new limit can be set. */
static void limit_shrinks_the_group(void **state)
{
	struct reclaimable r;
	struct unit *u = world(state, &r);

	assert_int_equal(set_limit(u, "8k"), 0);
	assert_int_equal(r.nr, 2);
	assert_int_equal(r.calls, 2);
	unit_assert_file(u, "k/memory.usage_in_bytes", "8192\n");
	assert_int_equal(memcgsim_cgroupfs_write(u->machine, "k/memory.memsw.limit_in_bytes", "8k"),
			 0);
	while (r.nr > 0)
		memcgsim___free_pages(r.pages[--r.nr], 0);
}

/* Models: Y-07. Reclaim that finds nothing five times is enough; the old limit stays. */
static void limit_is_busy_if_nothing_can_be_reclaimed(void **state)
{
	struct reclaimable r;
	struct unit *u = world(state, &r);
	unsigned int nr = r.nr;

	r.nr = 0;
	assert_int_equal(set_limit(u, "8k"), -EBUSY);
	assert_int_equal(r.calls, 5);
	unit_assert_file(u, "k/memory.limit_in_bytes", "9223372036854775807\n");
	unit_mkdir(u, "k/child"); /* five more for each of the subtree */
	r.calls = 0;
	assert_int_equal(set_limit(u, "8k"), -EBUSY);
	assert_int_equal(r.calls, 10);
	while (nr > 0)
		memcgsim___free_pages(r.pages[--nr], 0);
}

/* Models: Y-07. Whoever is to die does not go on. */
static void limit_is_interrupted(void **state)
{
	struct reclaimable r;
	struct unit *u = world(state, &r);

	u->task->dying = 1;
	assert_int_equal(set_limit(u, "8k"), -EINTR);
	u->task->dying = 0;
	assert_int_equal(r.calls, 0);
	while (r.nr > 0)
		memcgsim___free_pages(r.pages[--r.nr], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(limit_shrinks_the_group),
		unit_case(limit_is_busy_if_nothing_can_be_reclaimed),
		unit_case(limit_is_interrupted),
	};

	return cmocka_run_group_tests_name("limit_v1", tests, NULL, NULL);
}
