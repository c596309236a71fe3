/* SPDX-License-Identifier: MIT */
/*
 * A cache of one's own: what its objects cost, what the constructor left in them, and who pays.
 * Written with the kernel's names.
 */
#include <stdio.h>
#include <stdlib.h>

#include <memcgsim/kernel.h>

struct session {
	unsigned long magic; /* the constructor's: objects are freed as they are found */
	char data[88];
};

static void session_init(void *object)
{
	((struct session *)object)->magic = 0x5e5510;
}

static void show(struct memcgsim *sim, const char *when)
{
	char *stat;

	if (memcgsim_cgroupfs_read(sim, "web/memory.stat", &stat))
		exit(EXIT_FAILURE);
	printf("%s:\n%s", when, stat);
	free(stat);
}

int main(void)
{
	struct memcgsim *sim;
	struct memcgsim_task *task;
	struct kmem_cache *cache;
	struct session *session;
	void *many[100];

	if (memcgsim_create(NULL, &sim) ||
	    memcgsim_cgroupfs_write(sim, "cgroup.subtree_control", "+memory") ||
	    memcgsim_cgroup_mkdir(sim, "web") || memcgsim_fork(sim, NULL, &task) ||
	    memcgsim_cgroup_attach_task(sim, "web", task) || memcgsim_thread_bind(sim, 0, task))
		return EXIT_FAILURE;

	cache = kmem_cache_create("session", sizeof(struct session), 0,
				  SLAB_ACCOUNT | SLAB_HWCACHE_ALIGN, session_init);
	if (!cache || !kmem_cache_alloc_bulk(cache, GFP_KERNEL, 100, many))
		return EXIT_FAILURE;
	/* 96 bytes, a pointer behind them for the constructor's sake, a whole line: 128; and 8 */
	show(sim, "a hundred sessions, 136 bytes each");

	kmem_cache_free_bulk(cache, 99, many + 1);
	session = many[0];
	printf("constructed once: %#lx\n", session->magic);
	kmem_cache_free(cache, session);

	kmem_cache_destroy(cache); /* nothing is left in it: no WARN */
	if (memcgsim_thread_unbind())
		return EXIT_FAILURE;
	show(sim, "all freed; a page stays with the CPU's byte stock");
	return memcgsim_destroy(sim, NULL) ? EXIT_FAILURE : EXIT_SUCCESS;
}
