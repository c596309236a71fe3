/* SPDX-License-Identifier: MIT */
/*
 * The tasks of a scenario, with the anonymous memory they touch and give back.
 */
#ifndef MSIM_CLI_WORKER_H
#define MSIM_CLI_WORKER_H

#include <memcgsim/memcgsim.h>

#define MAX_REGIONS 256 /* maps that a worker of the recordings keeps */

/*
 * A worker: a task, where it runs, and the anonymous memory it has touched, in maps of so many
 * pages.
 */
struct worker {
	char *name;
	struct memcgsim_task *task; /* NULL once it has exited */
	bool killed;		    /* ... for the OOM killer's sake, and nobody has been told */
	unsigned int cpu;
	struct memcgsim_page **pages;
	size_t nr_pages;
	size_t max_pages;
	size_t regions[MAX_REGIONS];
	size_t nr_regions;
};

/* A charged anonymous page of current's, as a page fault leaves it. 0 or what the kernel said. */
int fault_in_page(struct memcgsim_page **ret_page);

/* The end of one. */
void unmap_page(struct memcgsim_page *page);

/* A new worker in the root cgroup. 0 or -ENOMEM. */
int worker_create(struct memcgsim *machine, const char *name, struct worker **ret_worker);

/* Frees what is left of one; its task goes with the machine. */
void worker_destroy(struct worker *worker);

/* The verbs, on a thread that runs its task. */
int worker_anon(struct worker *worker, long bytes);
int worker_free(struct worker *worker, long bytes);
int worker_exit(struct worker *worker);

/* Ends one that has been killed: whether it had. */
bool worker_die(struct worker *worker);

/* Whom the OOM killer prefers: who has more memory, or was found later, @b. @a may be NULL. */
struct worker *worker_worse(struct worker *a, struct worker *b);

#endif /* MSIM_CLI_WORKER_H */
