/* SPDX-License-Identifier: MIT */
/*
 * What happens at memory.max? The charge that would exceed it asks for reclaim. Here a program's
 * cache of user pages is what can be reclaimed: the hook gives up its newest pages.
 */
#include <stdio.h>
#include <stdlib.h>

#include <memcgsim/memcgsim.h>

struct cache {
	struct memcgsim_page *pages[256];
	unsigned int nr;
};

static unsigned long shrink(struct memcgsim *sim, struct memcgsim_mem_cgroup *memcg,
			    unsigned long nr_pages, memcgsim_gfp_t gfp, void *arg)
{
	struct cache *cache = arg;
	unsigned long freed = 0;

	(void)sim, (void)memcg, (void)gfp; /* one cgroup, and a cache that may shrink at any time */
	for (; cache->nr && freed < nr_pages; freed++)
		memcgsim_folio_put(cache->pages[--cache->nr]);
	printf("asked for %lu pages: %lu freed\n", nr_pages, freed);
	return freed;
}

static void grow(struct cache *cache)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

	if (!page || memcgsim_mem_cgroup_charge(page, NULL, MEMCGSIM_GFP_USER))
		exit(1);
	cache->pages[cache->nr++] = page; /* not before: reclaim shrinks the cache */
}

int main(void)
{
	struct cache cache = { .nr = 0 };
	struct memcgsim_hooks hooks = { .memcg_reclaim = shrink, .arg = &cache };
	struct memcgsim *sim;
	struct memcgsim_task *task;
	char *events;

	if (memcgsim_create(NULL, &sim) ||
	    memcgsim_cgroupfs_write(sim, "cgroup.subtree_control", "+memory") ||
	    memcgsim_cgroup_mkdir(sim, "a") ||
	    memcgsim_cgroupfs_write(sim, "a/memory.max", "1M") || /* 256 pages */
	    memcgsim_fork(sim, NULL, &task) || memcgsim_cgroup_attach_task(sim, "a", task) ||
	    memcgsim_thread_bind(sim, 0, task))
		return 1;
	memcgsim_set_hooks(sim, &hooks);
	for (int i = 0; i < 300; i++)
		grow(&cache);
	if (memcgsim_cgroupfs_read(sim, "a/memory.events", &events))
		return 1;
	printf("%u pages stayed\n%s", cache.nr, events);

	free(events);
	while (cache.nr)
		memcgsim_folio_put(cache.pages[--cache.nr]);
	memcgsim_do_exit(task);
	memcgsim_thread_unbind();
	return memcgsim_destroy(sim, NULL);
}
