/* SPDX-License-Identifier: MIT */
/*
 * The book's second volume: tasks and directories, owned by task/ and cgroup/, and what structures of
 * both volumes embed. types.h includes it.
 */
#ifndef MSIM_TYPES_TASK_H
#define MSIM_TYPES_TASK_H

#include <stdint.h>

#include <memcgsim/memcgsim.h>

#include "base/hash.h"
#include "base/list.h"

struct msim_ctx;

/* Something to be done later: embedded in what it is about. On at most one queue at a time. */
struct msim_work {
	struct msim_list node;
	void (*fn)(struct msim_ctx *ctx, struct msim_work *work);
	bool after_grace_period;
	bool queued;
};

#define MSIM_OBJCG_UPDATE_FLAG 0x1UL /* task->objcg: look it up anew before use */

/*
 * An address space, as far as it says who pays for user pages: its owner's memcg (O-13).
 *   users = tasks whose mm it is + @holds: references given out
 * @owner is one of those tasks, or NULL when the last has left. Under the cgroup mutex, but for
 * looks at @owner. Models struct mm_struct.
 */
struct memcgsim_mm {
	struct memcgsim_task *owner;
	unsigned long users;
	unsigned long holds;
	struct memcgsim *machine;
	struct msim_list node; /* machine.mms */
};

/*
 * @objcg: a pointer with a reference, or NULL, and bit 0 (section 6). Links and @cset:
 * css_set_lock. @mm, @leader, @threads: the cgroup mutex, but that current reads its own. A leader
 * that exits before its threads is kept, a zombie, on no list of machine but on @cset's dying.
 */
struct memcgsim_task {
	unsigned long objcg;
	struct msim_css_set *cset; /* of a task that has exited: its last */
	struct msim_ctx *on;	   /* the thread that runs it */
	struct memcgsim *machine;
	int pid;
	unsigned int flags;	       /* MSIM_PF_...: its own thread's, like ... */
	unsigned long over_high_pages; /* ... what it owes for being over memory.high ... */
	unsigned long penalty_ms;      /* ... and how long it has been made to wait for it */
	unsigned int dying;	       /* MSIM_DYING_... */
	int oom_score_adj;
	bool kthread;	     /* pays for nothing of its own (O-12) */
	bool no_setaffinity; /* cannot be moved (G-03) */
	bool exiting;
	bool unpaid;		/* current's: its last look at its memcg was without an mm (K-07) */
	struct memcgsim_mm *mm; /* what it runs in; NULL: none */
	struct memcgsim_mem_cgroup *active_memcg; /* current's alone (O-13) */
	struct memcgsim_task *leader;		  /* of its thread group */
	struct msim_list threads;		  /* leader: all that live, itself included */
	struct msim_list thread_node;
	struct msim_list node;		  /* machine.tasks */
	struct msim_hash_node by_address; /* until it exits */
	struct msim_hash_node by_pid;	  /* until it is no zombie either */
	struct msim_list cset_node;	  /* cset.tasks, or cset.dying */
	struct msim_work work;
};

/*
 * The tasks of one cgroup with one effective memcg; without any only between its making and the
 * first, or when a zombie is left. Constant but for its lists (css_set_lock); freed after a grace
 * period. Holds a reference on @memcg, and a reason to keep @cgroup. Models struct css_set.
 */
struct msim_css_set {
	struct memcgsim_cgroup *cgroup;
	struct memcgsim_mem_cgroup *memcg;
	struct msim_list tasks;
	struct msim_list dying; /* leaders that exited before their threads */
	struct msim_list node;	/* machine.csets */
	struct msim_work work;
};

/* How many a subtree has: the lines of cgroup.stat. */
struct msim_cgroup_stat {
	unsigned long descendants;
	unsigned long memory; /* memcgs, its own included */
	unsigned long pids;
	unsigned long dying_descendants;
	unsigned long dying_memory;
	unsigned long dying_pids;
};

enum msim_controller {
	MSIM_CONTROLLER_MEMORY = 1,
	MSIM_CONTROLLER_PIDS = 2,
};

#define MSIM_CGROUP_NO_LIMIT INT32_MAX /* reads "max" */

/*
 * A directory. Everything under the cgroup mutex.
 *   populated = tasks of the subtree
 *   refs = 1 until offline + 1 for each memcg and css_set that names it + 1 for each child, dying
 *     ones included
 * Models struct cgroup.
 */
struct memcgsim_cgroup {
	struct memcgsim *machine;
	struct memcgsim_cgroup *parent;
	struct msim_list children; /* living ones */
	struct msim_list sibling;
	char *name;
	struct msim_hash_node by_name;	   /* while it lives */
	unsigned long serial;		   /* never used again */
	struct memcgsim_mem_cgroup *memcg; /* its own, online; or NULL */
	struct msim_css_set *cset;	   /* its tasks' one; NULL: it has none */
	/* while memory is given or taken away: */
	struct msim_css_set *next_cset;	     /* where its tasks will go */
	struct memcgsim_mem_cgroup *leaving; /* what was its own */
	unsigned int subtree_control;	     /* of enum msim_controller */
	struct memcgsim_cgroup *domain;	     /* itself, or whose threads its tasks are (G-05) */
	unsigned long nr_threaded;	     /* children that are threaded */
	unsigned long nr_notified;	     /* changes of cgroup.events */
	long max_depth;			     /* of directories below (G-01) */
	long max_descendants;
	unsigned int refs;
	unsigned long populated;
	bool dead;
	struct msim_cgroup_stat stat;
	struct msim_work work;
};

#endif /* MSIM_TYPES_TASK_H */
