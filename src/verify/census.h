/* SPDX-License-Identifier: MIT */
/*
 * A count of everything that is charged or refers to somebody, taken from the things themselves:
 * pages, objects, stocks, tasks. What the counters say is then compared with it.
 */
#ifndef MSIM_VERIFY_CENSUS_H
#define MSIM_VERIFY_CENSUS_H

#include "types.h"

/* What belongs to one memcg or objcg, found by its address. */
struct msim_tally {
	const void *key;
	long user_pages;  /* memcg: pages charged to it ... */
	long user_blocks; /* ... in how many blocks, each with a reference */
	long memsw_pages; /* memcg, v1: pages and slots charged to memory and swap together */
	long lru_pages[MEMCGSIM_NR_LRU_LISTS]; /* memcg: frames whose marks say that list of it */
	long swap_slots;		       /* memcg: slots that have its id recorded */
	long kmem_pages;   /* objcg, or memcg before 5.13: pages tagged with it ... */
	long kmem_blocks;  /* ... in how many blocks */
	long objects;	   /* objcg: slots that name it */
	long object_bytes; /* with their pointers */
	long large_bytes;  /* likewise: large objects, within kmem_pages */
	long cost_bytes;   /* objcg: what memcgs made below it cost */
	long cost_slab_bytes, cost_percpu_bytes;
	long percpu_objects; /* objcg: per-CPU objects that name it */
	long percpu_bytes;   /* on all CPUs, with their slots */
	long vmalloc_pages;  /* of accounted vmalloc areas, within kmem_pages */
	long stock_pages;
	long stock_bytes;
	long stocks;   /* how many cache it */
	long tasks;    /* objcg: whose word names it */
	long css_sets; /* memcg */
	long children; /* memcg: dying ones included */
	long holders;  /* objcg: memcgs whose orig_objcg or cost it is */
	bool is_memcg; /* the key is one that is not freed ... */
	bool is_objcg; /* ... or such an objcg */
	/* memcg: what its subtree holds, itself, dying ones and stocks included */
	long subtree_pages;
	long subtree_memsw_pages;
	long subtree_kernel_pages;
	long subtree_slab_bytes;
	long subtree_swap_slots; /* charged: not the root's own */
	long subtree_stats[MSIM_NR_STATS];
};

struct msim_census {
	struct memcgsim *machine;
	struct msim_tally *table; /* open addressing, a power of two */
	size_t size;
	size_t used;
	unsigned long allocated_pages;
	unsigned long pcp_pages;
	unsigned long lost_records; /* slots that name nobody who is there */
	unsigned long guard_pages;  /* put aside by the debug aid */
	bool failed;		    /* the host had no memory: what was met since went into ... */
	struct msim_tally scratch;
};

/* Under the cgroup mutex. False without memory; msim_census_free() in either case. */
bool msim_census_take(struct memcgsim *machine, struct msim_census *census);
void msim_census_free(struct msim_census *census);

/* Never NULL: all zero for a key that was not met. */
const struct msim_tally *msim_census_of(const struct msim_census *census, const void *key);

/* Kernel memory of an objcg, in whole pages with what its objects do not use of them. */
long msim_census_objcg_pages(const struct msim_census *census,
			     const struct memcgsim_obj_cgroup *objcg);

/*
 * Bytes that an objcg must have charged pages for: objects, stocks, and what drained stocks left.
 */
long msim_census_objcg_bytes(const struct msim_census *census,
			     const struct memcgsim_obj_cgroup *objcg);

/* Calls @fn for the objcgs that are charged to @memcg: its own, and those it inherited. */
void msim_census_each_objcg(const struct memcgsim_mem_cgroup *memcg,
			    void (*fn)(struct memcgsim_obj_cgroup *objcg, void *arg), void *arg);

#endif /* MSIM_VERIFY_CENSUS_H */
