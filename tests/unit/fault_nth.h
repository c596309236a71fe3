/* SPDX-License-Identifier: MIT */
/*
 * The table of fault_nth.c: every operation that allocates or charges is a row, in the file of its
 * floor.
 */
#ifndef TESTS_UNIT_FAULT_NTH_H
#define TESTS_UNIT_FAULT_NTH_H

#include "unit.h"

#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

/*
 *   root -- a -- n        a: the task, on CPU 0
 *      |--- p -- q        p gives memory, has a cost, and q's subtree three tasks
 *      `--- t             where tasks go
 *
 * What rows need besides is theirs, from before() to after().
 */
struct stage {
	struct unit *u;
	struct memcgsim_task *task;
	struct memcgsim_page *page;
	void *object;
	void *kept; /* one that is there before */
	struct memcgsim_kmem_cache *cache;
	size_t size_bytes; /* of objects: another for each site, so that each meets an empty cache */
};

#define AT(site) (1u << MEMCGSIM_FAULT_##site)

/*
 * One operation. Which sites it passes is part of the row: one that never fails where it should has
 * lost its check for failure, or its fault site.
 */
struct operation {
	const char *function; /* the public one that the row is about */
	const char *which;    /* if there are several about it */
	void (*before)(
		struct stage *s);      /* sets the stage, once a site; may be NULL, like after() */
	int (*act)(struct stage *s);   /* 0 or a negative errno; NULL is -ENOMEM */
	void (*undo)(struct stage *s); /* takes a success back */
	void (*after)(struct stage *s);
	unsigned int fails_at; /* sites that must have made it fail at least once */
	unsigned int
		swallows_at; /* ... have been met by an operation that succeeded all the same */
};

/* Each ends with a row that has no function. */
extern const struct operation fault_rows_alloc[];
extern const struct operation fault_rows_cgroup[];
extern const struct operation fault_rows_memcg[];

#endif /* TESTS_UNIT_FAULT_NTH_H */
