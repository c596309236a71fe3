/* SPDX-License-Identifier: MIT */
/* clang-format off: the table below is wider than code */
/*
 * The book: every internal structure, and before them the contract that shared words are touched by.
 *
 * THE CONCURRENCY CONTRACT
 *
 * A word that more than one thread touches has a row here; a seam access to a word without one fails
 * tests/tidy. "section c" means holding CPU c's lock, as its owner or as a visitor (seam/percpu.h). Context
 * is who writes: T task on a bound thread, W deferred work, U a call from an unbound thread. "I-..." are the
 * checks of verify/check, "..._vs_..." the race bodies of tests/race.
 *
 * word                         | written by, under   | ctx | order; pairs with        | oracle; race body
 * -----------------------------+---------------------+-----+--------------------------+-------------------------------
 * cpu_lock.in                  | the owner thread    | T   | store relaxed, fence;    | I-STOCK;
 *                              |                     |     | store release on leaving | cpu_lock_owner_vs_visitor,
 *                              |                     |     | with the visitor's       | owner_left_alone_vs_visit
 *                              |                     |     | acquire load after       |
 *                              |                     |     | membarrier               |
 * cpu_lock.closed              | visitor, under      | TWU | store release; owner's   | I-STOCK;
 *                              | .spin               |     | acquire load             | cpu_lock_owner_vs_visitor
 * spinlock.locked              | who takes it        | TWU | xchg acq_rel; store      | all
 *                              |                     |     | release                  |
 * rcu_reader.section           | its thread (TSan    | TWU | relaxed add; updater's   | TSan itself
 *                              | builds)             |     | seq_cst add of 0         |
 * page._refcount               | holders of a        | TW  | store release of the     | I-FREE-STATE;
 *                              | reference; who has  |     | first; sub_return        | kfree_on_other_cpu_vs_reparent
 *                              | but a pointer, from |     | seq_cst: the last put    | speculative_get_vs_free
 *                              | non-zero            |     | sees all; cmpxchg from   |
 *                              |                     |     | non-zero                 |
 * page.flags                   | its owner; marks, by | TW  | relaxed; cmpxchg for     | I-COMPOUND;
 *                              | anybody             |     | marks: the unlock with   | migrate_vs_uncharge,
 *                              |                     |     | the next lock. The owner | speculative_get_vs_free
 *                              |                     |     | clears the order before  |
 *                              |                     |     | its put of _refcount:    |
 *                              |                     |     | who is last sees it. The |
 *                              |                     |     | LRU mark, under a lock   |
 *                              |                     |     | of lists: acquire, with  |
 *                              |                     |     | whoever put it back      | lru_add_vs_move
 * page.mapcount_or_type        | its owner; zone     | TW  | relaxed; add_return,     | I-BUDDY; buddy_stress,
 *                              | lock while free;    |     | sub_return for mappings  | map_vs_free
 *                              | mappers             |     |                          |
 * zone.block_types             | zone lock           | TWU | relaxed: a hint outside  | I-BUDDY-TYPE; buddy_stress
 *                              |                     |     | the lock (B-46)          |
 * zone.leaked_pages            | any                 | TWU | relaxed: a count         | I-PAGES
 * zone.kswapd_wakeups          | any                 | TWU | relaxed: a count         | none: counts only
 * page.memcg_data              | allocator, or owner | TW  | relaxed; cmpxchg acq_rel | I-TAG; I-VEC;
 *                              | of the page         |     | installs a vector with   | kfree_on_other_cpu_vs_reparent;
 *                              |                     |     | the acquire load of who | vector_install_vs_vector_install
 *                              |                     |     | uses it                  |
 * page_counter.usage           | chargers, no lock   | TWU | add_return/sub_return    | I-COUNTER; stock_vs_drain
 *                              |                     |     | seq_cst, then a seq_cst  |
 *                              |                     |     | load of .max (P-07):     |
 *                              |                     |     | with the limit's writer  |
 *                              |                     |     | one of the two sees the  |
 *                              |                     |     | other; the clamp at zero |
 *                              |                     |     | is a relaxed store       |
 *                              |                     |     | (P-05)                   |
 * page_counter.max             | under cgroup mutex  | TU  | xchg seq_cst, then a     | I-LIMIT; charge_vs_charge,
 *                              |                     |     | seq_cst load of .usage   | charge_vs_set_max
 * page_counter.high            | memory.high         | TU  | relaxed: a hint          | none: asks for reclaim only
 * page_counter.min             | under cgroup mutex  | TWU | relaxed                  | I-PROT; charge_vs_set_max
 * page_counter.low             | under cgroup mutex  | TWU | relaxed                  | I-PROT; charge_vs_set_max
 * page_counter.min_usage       | whoever changes     | TWU | xchg seq_cst: the        | I-PROT; charge_vs_set_max
 *                              | usage or min        |     | difference to the old    |
 *                              |                     |     | value goes to the parent |
 * page_counter.low_usage       | likewise            | TWU | likewise                 | I-PROT; charge_vs_set_max
 * counter.children_min_usage   | children, no lock   | TWU | relaxed: a sum           | I-PROT; charge_vs_set_max
 * counter.children_low_usage   | children, no lock   | TWU | relaxed: a sum           | I-PROT; charge_vs_set_max
 * page_counter.forced          | forced chargers; who | TU  | relaxed, before .usage:  | I-LIMIT; charge_vs_set_max
 *                              | lowers a limit      |     | a bound, never lowered   |
 * page_counter.emin            | reclaim, racy       | TU  | relaxed: of the last     | none: of one pass only
 *                              |                     |     | pass (P-11)              |
 * page_counter.elow            | reclaim, racy       | TU  | relaxed                  | none: of one pass only
 * page_counter.watermark       | chargers, racy      | TWU | relaxed                  | I-WATERMARK; stock_vs_drain
 *                              | (P-06)              |     |                          |
 * page_counter.local_watermark | chargers, racy      | TWU | relaxed                  | I-WATERMARK; stock_vs_drain
 *                              | (P-06)              |     |                          |
 * page_counter.failcnt         | chargers, racy      | TWU | relaxed                  | none: racy by design
 *                              | (P-01)              |     |                          |
 * ref.index                    | kill, all CPUs'     | WU  | plain: under a section   | I-REF-OBJCG;
 *                              | sections; kill      |     | by everybody else        | kfree_on_other_cpu_vs_reparent
 *                              | alone reads it      |     |                          |
 *                              | before              |     |                          |
 * ref.count                    | any, section; live  | TWU | add_return/sub_return    | I-REF-OBJCG, I-REF-CSS;
 *                              | refs use the        |     | seq_cst; cmpxchg from    | kfree_on_other_cpu_vs_reparent
 *                              | per-CPU counters    |     | non-zero: the last put   |
 *                              | instead             |     | sees all                 |
 * stock.cached                 | section c           | TWU | store release; drain's   | I-STOCK; stock_vs_drain
 *                              |                     |     | acquire load under RCU   |
 * stock.cached_objcg           | section c           | TWU | store release; drain's   | I-STOCK; stock_vs_drain,
 *                              |                     |     | acquire load under RCU   | first_charge_vs_drain
 * ref.killed                   | kill, all CPUs'     | WU  | plain: under a section   | I-REF-CSS;
 *                              | sections            |     | by everybody else        | objcg_release_vs_tryget
 * memcg.objcg                  | cgroup mutex        | WU  | store release; reader's  | I-REPARENT; alloc_vs_attach
 *                              |                     |     | acquire load under RCU   |
 * memcg.holds                   | callers of the      | TWU | relaxed: a count;        | I-REF-CSS;
 *                              | library             |     | cmpxchg from non-zero    | memcg_iter_vs_rmdir
 * memcg.id                     | memcg_id_lock       | TWU | relaxed: only compared   | I-ID-LIFE;
 *                              |                     |     | and shown                | id_alloc_vs_id_put
 * memcg.id_refs                | online, offline;    | TWU | add_return/sub_return    | I-REF-ID;
 *                              | callers of the      |     | seq_cst; cmpxchg from    | id_alloc_vs_id_put
 *                              | library             |     | non-zero: the last put   |
 *                              |                     |     | sees all                 |
 * memcg.id_holds               | callers of the      | TWU | relaxed: a count;        | I-REF-ID;
 *                              | library             |     | cmpxchg from non-zero    | id_alloc_vs_id_put
 * machine.memcg_ids            | memcg_id_lock       | TWU | store release; lookup's  | I-ID-LIFE;
 *                              |                     |     | acquire load under RCU:  | id_alloc_vs_id_put
 *                              |                     |     | who finds a memcg finds  |
 *                              |                     |     | it whole                 |
 * memcg.kmem_pages             | section, any CPU    | TWU | relaxed: a sum           | I-KMEM; stock_vs_drain
 * memcg.lost_pages             | any; its parent's   | TW  | relaxed: a sum, read     | I-COUNTER;
 *                              | when it is freed    |     | under RCU or at rest     | speculative_get_vs_free
 * memcg.lost_kmem_pages        | any; its parent's   | TW  | relaxed: a sum, read     | I-KMEM;
 *                              | when it is freed    |     | under RCU or at rest     | speculative_get_vs_free
 * memcg.slab_bytes             | section, any CPU    | TWU | relaxed: a sum           | I-STAT;
 *                              |                     |     |                          | kfree_on_other_cpu_vs_reparent
 * memcg.stats                  | who charges, no     | TWU | relaxed: a sum           | I-STAT
 *                              | lock                |     |                          |
 * lruvec.nr_pages              | lruvec.lock         | TW  | relaxed: looked at       | I-LRU;
 *                              |                     |     | without the lock too     | isolate_vs_putback
 * swap_slot.id                 | who swaps out, in or | TWU | xchg, cmpxchg seq_cst:   | I-SWAP, I-REF-ID;
 *                              | frees the slot      |     | who takes it out puts    | swapin_vs_slot_free,
 *                              |                     |     | its reference; acquire   | swapout_vs_offline
 *                              |                     |     | load of a lookup, that   |
 *                              |                     |     | looks under RCU then     |
 * swap.nr_free                 | swap.lock           | TWU | relaxed: a count, looked | none: a count
 *                              |                     |     | at without the lock too  |
 * memcg.events                 | chargers, no lock   | TWU | relaxed: a count         | none: counts only
 * memcg.events_local           | chargers, no lock   | TWU | relaxed: a count         | none: counts only
 * memcg.vm_events              | who charges, who    | TWU | relaxed: a count         | none: counts only
 *                              | uncharges; no lock  |     |                          |
 * memcg.oom_group              | memory.oom.group    | TU  | relaxed: a setting       | none: a setting
 * memcg.high_pending           | interrupts; work    | TW  | xchg seq_cst: who clears | none: work is not lost, for
 *                              |                     |     | it does the work         | a machine-wide mark is set
 *                              |                     |     |                          | afterwards
 * task.dying                   | who kills; current  | TU  | or_release; relaxed: a   | none: a hint to give up;
 *                              |                     |     | hint                     | kill_vs_reap
 * task.oom_score_adj           | any                 | TU  | relaxed: a setting       | none: a setting
 * objcg.memcg                  | objcg_lock          | W   | store release; reader's  | I-REPARENT;
 *                              |                     |     | acquire load under RCU,  | kfree_on_other_cpu_vs_reparent
 *                              |                     |     | relaxed where only       |
 *                              |                     |     | compared to a pinned     |
 *                              |                     |     | memcg                    |
 * objcg.holds                  | callers of the      | TWU | relaxed: a count;        | I-REF-OBJCG;
 *                              | library             |     | cmpxchg from non-zero    | objcg_release_vs_tryget
 * objcg.nr_charged_bytes       | section, any CPU    | TWU | add_return, xchg,        | I-OBJ-PAGES;
 *                              |                     |     | cmpxchg, all seq_cst;    | kfree_on_other_cpu_vs_reparent
 *                              |                     |     | the release reads it     |
 *                              |                     |     | when nobody is left      |
 * task.objcg                   | current: xchg,      | TU  | mover's or_release with  | I-TASK-OBJCG; alloc_vs_attach
 *                              | cmpxchg; mover:     |     | current's xchg: who sees |
 *                              | sets bit 0          |     | the bit sees the new     |
 *                              |                     |     | css_set                  |
 * task.cset                    | css_set_lock and    | TU  | store release; acquire   | I-TASK-OBJCG; alloc_vs_attach
 *                              | cgroup mutex        |     | load under RCU           |
 * mm.owner                     | cgroup mutex        | TU  | store release; acquire   | I-MM;
 *                              |                     |     | load under RCU           | owner_exit_vs_mm_lookup
 * cpu.irq                      | the thread that     | T   | cmpxchg; store release   | none: exclusion only;
 *                              | enters or leaves    |     |                          | irq_charge_vs_task_charge
 * task.on                      | the thread that     | TU  | cmpxchg; store release   | none: exclusion only
 *                              | runs it             |     |                          |
 * machine.nr_bound             | bind, unbind        | U   | add_return/sub_return    | none: it starts the deferred
 *                              |                     |     | seq_cst: who is the last | work
 *                              |                     |     | to unbind                |
 * machine.kmem_online          | mkdir, cgroup       | TU  | relaxed: a hint, set     | none: set once
 *                              | mutex; once         |     | before the first objcg   |
 * bugs.unexpected              | whoever finds one   | TWU | relaxed: a count         | none: a count
 * res_counter.usage            | chargers, under      | TWU | relaxed: ordered by the  | I-COUNTER, I-KMEM;
 *                              | .lock                |     | lock; destroy reads it   | destroy_vs_last_uncharge
 *                              |                      |     | without, after its DEAD: |
 *                              |                      |     | with the uncharge's look |
 *                              |                      |     | at DEAD one of the two   |
 *                              |                      |     | sees the other           |
 * memcg_v1.kmem_accounted      | cgroup mutex; DEAD   | TWU | or, and: seq_cst, around | I-REF-CSS, I-FREE-EVENTUAL;
 *                              | is cleared by whoever |    | the usage; else relaxed: | destroy_vs_last_uncharge
 *                              | saw the usage at 0   |     | a setting                |
 * memcg_v1.css_refs            | whoever charges;     | TWU | add_return/sub_return    | I-FREE-EVENTUAL
 *                              | under cgroup mutex   |     | seq_cst; cmpxchg from    |
 *                              | children, offline    |     | non-zero: the last put   |
 *                              |                      |     | sees all                 |
 * page_cgroup.flags            | user page: up to    | TWU | cmpxchg: the lock's bit  | I-COUNTER, I-MEMSW;
 *                              | v3.16 under its bit |     | with the next taking.    | migrate_vs_move_charge,
 *                              | LOCK; then who has  |     | Relaxed later: the lock  | replace_vs_putback
 *                              | the page locked,    |     | of the lists or of the   |
 *                              | or off the lists,   |     | page orders, and a       |
 *                              | or to himself.      |     | kernel page's references |
 *                              | Kernel page: its    |     |                          |
 *                              | owner               |     |                          |
 * page_cgroup.mem_cgroup       | likewise            | TW  | store release; acquire   | I-LRU;
 *                              |                     |     | load under RCU: who      | migrate_vs_move_charge,
 *                              |                     |     | finds a memcg finds it   | lru_add_vs_move
 *                              |                     |     | whole                    |
 * page.mapping                 | who has the page    | T   | relaxed: its lowest bit  | I-LRU; replace_vs_putback
 *                              | locked, or to       |     | does not change while it |
 *                              | himself             |     | is on a list             |
 * cpu.history_counts           | any on that CPU     | TW  | relaxed: a count         | none: counts only
 * work_queue.busy              | who queues, who     | TWU | store release; acquire   | I-FREE-EVENTUAL
 *                              | runs                |     | load: worth looking      |
 *
 * What is not listed is either constant after creation, owned by one lock that every access holds (the
 * structure's comment names it), or plain data of a CPU's section. Ranks of locks: seam/lock.h.
 */
/* clang-format on */
#ifndef MSIM_TYPES_H
#define MSIM_TYPES_H

#include <stdint.h>

#include <memcgsim/memcgsim.h>

#include <memcgsim/page_flags.h>
#include <memcgsim/pageblock.h>

#include "base/assert.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/rng.h"
#include "seam/atomic.h"
#include "seam/lock.h"
#include "seam/rcu.h"
#include "types_history.h"
#include "types_task.h"

#ifndef MSIM_MEMCG
#define MSIM_MEMCG 1 /* 0: there is no memory controller, as with CONFIG_MEMCG=n */
#endif

#define MSIM_PAGEBLOCK_ORDER MEMCGSIM_PAGEBLOCK_ORDER
#define MSIM_PCP_ORDERS	     4 /* orders 0 ... 3 have per-CPU lists (B-42), and ... */
#define MSIM_PCP_HUGE_ORDER  9 /* ... that of huge pages */
#define MSIM_PCP_STRIDE	     4 /* lists of one order: three types, and one that stays empty */
#define MSIM_PCP_HUGE_LIST   (MSIM_PCP_ORDERS * MSIM_PCP_STRIDE) /* the first of the two */
#define MSIM_PCP_LISTS	     (MSIM_PCP_HUGE_LIST + 2)
#define MSIM_REF_INDICES     (1u << 18)
#define MSIM_KMALLOC_BUCKETS 13
#define MSIM_NR_CACHES	     (2 * MSIM_KMALLOC_BUCKETS) /* plain and accounted */
#define MSIM_MAGAZINE	     62

#define MSIM_PAGE_COUNTER_MAX (INT64_MAX / (long)MEMCGSIM_PAGE_SIZE)

struct msim_cpu;
struct msim_ctx;
struct msim_css_set;
struct msim_slab;
struct msim_uncharge_gather;

/* ---- seam: owned by seam/ ---- */

/*
 * The right to a CPU's stocks and lists; the protocol is in seam/percpu.h.
 *   sticky = (nbound > 1) or (sticky before and nbound > 0) or machine.force_sticky
 *   closed >= sticky whenever .spin is free
 *   nbound = 0 unless online
 * @in and @closed share a line: the owner touches both and nothing else.
 */
struct msim_cpu_lock {
	unsigned int in;
	unsigned int closed;
	struct msim_spinlock spin;
	unsigned int nbound; /* under .spin, like ... */
	unsigned int sticky; /* ... this ... */
	bool online;	     /* ... and this */
};

/* @lock guards the list; @run is held by the one who empties it. */
struct msim_work_queue {
	struct msim_spinlock lock;
	struct msim_mutex run;
	struct msim_list items;
	bool busy; /* something is queued or running: for those who only ask */
};

/* One per site; under machine.bug_lock. */
struct msim_fault {
	unsigned long nth; /* 0: not armed this way */
	unsigned int per_million;
	unsigned long calls;
	unsigned long failed;
};

/*
 * What fired: @found since creation, the last of them in a ring; those from @told on wait to be
 * told to the handler, because they were found with a lock held. @warned: places that have, for
 * WARN_ON_ONCE. Under machine.bug_lock, but for @unexpected.
 */
#define MSIM_MAX_BUGS 64
struct msim_bugs {
	struct memcgsim_bug ring[MSIM_MAX_BUGS];
	unsigned long found;
	unsigned long told;
	struct memcgsim_bug warned[MSIM_MAX_BUGS];
	unsigned int nr_warned;
	unsigned long unexpected;
	memcgsim_bug_handler handler;
	void *arg;
};

/* The last @mask + 1 events of a CPU: event n lies at n & @mask. Under the CPU's section. */
struct msim_trace {
	struct memcgsim_event *events; /* NULL: the machine remembers nothing */
	uint64_t mask;
	uint64_t next;
};

/*
 * Who the calling thread is: what its one thread-local pointer points to. A bound thread's own, for
 * as long as it is bound; or a guest's, on the stack of one call from an unbound thread
 * (seam/thread.h). A guest's
 * @cpu is the machine's parked CPU, whose lock is always closed: so every fast path misses, and the
 * slow one visits CPU 0 instead.
 *   task = irq_nesting || active memcg of current ? machine.idle : current
 * So where another than current may pay the fast halves find the word of idle, which is 0, and miss:
 * they do not ask, and the slow halves look at @current.
 */
struct msim_ctx {
	struct msim_self self; /* first: the pointer's type */
	struct memcgsim *machine;
	struct msim_cpu *cpu;
	struct memcgsim_task *task; /* what the fast halves look at; see above */
	struct msim_self *outer;    /* guest: what to restore */
	bool guest;
	bool told_liburcu;
	unsigned int idle_flags; /* the current task's flags while there is none */
	unsigned int hooks_off;	 /* so many callers hold a lock that a hook might want */
	unsigned int in_hook;	 /* so deep in calls of the user's ... */
	bool in_oom;		 /* ... one of them that of the OOM killer */
	struct msim_rng noise;
	struct memcgsim_task *current; /* what it runs; never NULL: machine.idle is none */
	struct memcgsim_mem_cgroup *active_memcg; /* while it runs none */
	unsigned int irq_nesting;
};

/* ---- memcg: owned by memcg/ ---- */

/*
 * A reference count: per-CPU counters while its owner lives, one atomic word afterwards.
 *   references = count + (index ? sum over CPUs of cpu.refs[index] : 0) >= 0
 * @index names the counters, 0 meaning none; it changes only with every CPU's section held, so
 * whoever is in a section may trust it. Models percpu_ref.
 */
struct msim_ref {
	unsigned int index;
	bool killed; /* its owner is going; changes as @index does */
	long count;
};

/*
 *   usage = charges of the subtree, stocks included
 *   children_min_usage = sum over children of min_usage; alone, min_usage = min(usage, min). So low
 * @usage has a line of its own: it is the one word that all CPUs write. What is protected is written
 * by who changes it, and by children: hence the third line (P-09). @emin, @elow: what was effective
 * at the last reclaim pass (P-11). @forced, this library's own: how far the limit may be exceeded, for
 * all that was ever charged without asking it, or was there when it was lowered. Models struct
 * page_counter.
 */
struct msim_page_counter {
	long usage msim_cacheline;
	long max msim_cacheline;
	long high;
	long watermark;
	long local_watermark;
	unsigned long failcnt;
	struct msim_page_counter *parent;
	long min;
	long low;
	long min_usage msim_cacheline;
	long low_usage;
	long children_min_usage;
	long children_low_usage;
	unsigned long emin;
	unsigned long elow;
	long forced;
};

/*
 * What a CPU has charged ahead. Under the CPU's section.
 *   0 <= nr_pages <= batch; cached = NULL implies nr_pages = 0 and kmem_pages = 0
 *   0 <= nr_bytes < PAGE_SIZE + the last object; cached_objcg = NULL implies nr_bytes = slab_bytes = 0
 * A cached memcg and a cached objcg hold one reference each, also with nothing left (C-12). One
 * line: a charge touches nothing else. Models struct memcg_stock_pcp.
 */
struct msim_stock {
	struct memcgsim_mem_cgroup *cached msim_cacheline;
	unsigned long nr_pages;
	unsigned long batch;
	long kmem_pages; /* kernel pages charged from here, not yet in cached's statistics */
	struct memcgsim_obj_cgroup *cached_objcg;
	unsigned long nr_bytes;
	unsigned long byte_cap; /* PAGE_SIZE, or 0: the byte stock is off */
	long slab_bytes; /* object bytes, not yet in the statistics of cached_objcg's memcg (O-17) */
};

/*
 * Who pays for kernel objects. Outlives its memcg: @memcg then points to the nearest living
 * ancestor (O-08).
 *   nr_charged_bytes + objects' bytes + stocks' bytes is a multiple of PAGE_SIZE
 * Pins no memcg (O-03). Models struct obj_cgroup.
 */
struct memcgsim_obj_cgroup {
	struct msim_ref ref;
	struct memcgsim_mem_cgroup *memcg;
	long nr_charged_bytes;
	long holds;	       /* of the references, those of the library's user */
	struct msim_list node; /* once inherited, on its memcg's objcg_list, under objcg_lock */
	struct memcgsim *machine;
	struct msim_work work;
};

/* What the library's user may hold a reference on. */
enum msim_taken {
	MSIM_TAKEN_OBJCG,
	MSIM_TAKEN_MEMCG,
	MSIM_TAKEN_ID,
};

/* The references on one thing that one CPU took while it ran one task, and nobody has put. */
struct msim_taker {
	struct msim_list node;
	struct msim_hash_node by_object;
	enum msim_taken what;
	const void *object; /* NULL: it is gone */
	int cpu;	    /* -1: an unbound thread */
	int pid;	    /* 0: no task */
	long count;	    /* below 0: put more often than taken */
};

/* Everything under @lock. */
struct msim_takers {
	struct msim_spinlock lock;
	struct msim_list all;
	struct msim_hash by_object;
};

/* What memory.stat tells and no stock holds back: sums over the subtree, as charged at the time. */
enum msim_stat_item {
	MSIM_STAT_PERCPU_BYTES,
	MSIM_STAT_VMALLOC_PAGES,
	MSIM_STAT_SWAP_PAGES, /* slots that name it; the root's own too, though it is not charged */
	MSIM_STAT_LRU_PAGES,  /* the first of as many as there are lists */
	MSIM_NR_STATS = MSIM_STAT_LRU_PAGES + MEMCGSIM_NR_LRU_LISTS,
};

enum msim_memcg_event {
	MSIM_EVENT_LOW,
	MSIM_EVENT_HIGH,
	MSIM_EVENT_MAX,
	MSIM_EVENT_OOM,
	MSIM_EVENT_OOM_KILL,
	MSIM_EVENT_OOM_GROUP_KILL,
	MSIM_NR_MEMORY_EVENTS, /* of memory.events; of memory.swap.events are: */
	MSIM_EVENT_SWAP_HIGH = MSIM_NR_MEMORY_EVENTS,
	MSIM_EVENT_SWAP_MAX,
	MSIM_EVENT_SWAP_FAIL,
	MSIM_NR_EVENTS,
};

/*
 * Where the reclaimers of a subtree are on their common round, and how many rounds there were. The
 * position is not a reference: it is forgotten when its memcg is released. Under memcg_tree_lock.
 * Models struct mem_cgroup_reclaim_iter.
 */
struct msim_reclaim_iter {
	struct memcgsim_mem_cgroup *position; /* NULL: before the first */
	unsigned int generation;
};

/*
 * The user pages of one memcg in the order in which reclaim would look at them; the root's are also
 * those of nobody. Under @lock, but for looks at a number.
 *   nr_pages[l] = frames of the pages linked on lists[l]
 *   a page has MSIM_PG_LRU <=> it is linked on one list of the memcg whose page it is
 * Models struct lruvec.
 */
struct msim_lruvec {
	struct msim_spinlock lock;
	struct msim_list lists[MEMCGSIM_NR_LRU_LISTS];
	unsigned long nr_pages[MEMCGSIM_NR_LRU_LISTS];
};

/*
 *   references (not of the root, which has none to count) = 1 while online + its id + css_sets with tasks
 *     + children + user pages + stocks + @holds + temporary ones
 *   id_refs = 1 while online + swap slots + @id_holds + temporary ones; at none the id is free for others
 *   kmem_pages, slab_bytes: sums over the subtree, as charged at the time; the CPUs' stocks add to them
 * @online, @cgroup: under the cgroup mutex. @children, @sibling, @reclaim: memcg_tree_lock; the links are
 * written under the cgroup mutex too, so that either will do for a reader. Models struct mem_cgroup and
 * its css.
 */
struct memcgsim_mem_cgroup {
	struct msim_page_counter memory;
	struct msim_page_counter swap; /* slots that name the subtree, the root itself aside */
	struct msim_ref ref;
	struct memcgsim_obj_cgroup *objcg;	/* NULL once offline; the root has none */
	struct memcgsim_obj_cgroup *orig_objcg; /* one reference until this is freed (O-02) */
	struct msim_list objcg_list;		/* inherited ones, under objcg_lock */
	struct memcgsim_mem_cgroup *parent;
	struct msim_list children; /* until their last reference goes: offline ones too (L-05) */
	struct msim_list sibling;
	struct msim_list node; /* machine.memcgs: until freed */
	struct memcgsim *machine;
	struct memcgsim_cgroup *cgroup;
	unsigned int id; /* 0 once released, which may be long before the memcg is (L-08) */
	bool online;
	long id_refs;
	long id_holds; /* of these, those of the library's user ... */
	long holds;    /* ... and that user's references on the memcg */
	struct msim_reclaim_iter reclaim;
	struct msim_lruvec lruvec;
	bool oom_group;
	unsigned int high_pending; /* an interrupt found it over its high limit */
	struct msim_work work;
	void (*released)(struct msim_ctx *ctx, struct msim_work *work); /* the cgroup core's */
	struct memcgsim_obj_cgroup *cost_objcg; /* who paid for creating this; NULL: nobody */
	unsigned long cost_bytes;
	long kmem_pages;
	long slab_bytes;
	long stats[MSIM_NR_STATS];
	long lost_pages;      /* charged for ever, for frames that are free (B-34); of these ... */
	long lost_kmem_pages; /* ... kernel pages. The parent's when this is freed */
	unsigned long events[MSIM_NR_EVENTS];
	unsigned long events_local[MSIM_NR_EVENTS];
	struct msim_memcg_v1 *v1; /* NULL but on v1 machines */
	unsigned long vm_events[MEMCGSIM_NR_VM_EVENTS]; /* its own */
};

/* ---- frames: owned by frames/ ---- */

/*
 * Page types: the word's top byte; its bottom, while mapped, is a count (B-07). Before 6.12 a type is
 * a bit that is cleared, and a page may have several: on such machines those that owners give are
 * bits of this bottom, under the byte MSIM_PGTY_BITS.
 */
#define MSIM_PGTY_BUDDY	  0xf0u
#define MSIM_PGTY_OFFLINE 0xf1u
#define MSIM_PGTY_TABLE	  0xf2u
#define MSIM_PGTY_GUARD	  0xf3u
#define MSIM_PGTY_HUGETLB 0xf4u
#define MSIM_PGTY_SLAB	  0xf5u
#define MSIM_PGTY_KMEMCG  0xf8u /* before 5.11, and never a byte */
#define MSIM_PGTY_BITS	  0xf9u
#define MSIM_NR_PGTYS	  (MSIM_PGTY_BITS - MSIM_PGTY_BUDDY)
#define MSIM_PGTY_NONE	  0xffu /* what the top byte is without a type */

/* Bits of page.flags. The kernel's PG_head is one of many; the first ones are the simulator's. */
#define MSIM_PG_HEAD	      (1UL << 0) /* first of a compound page */
#define MSIM_PG_LARGE_KMALLOC (1UL << 1)
#define MSIM_PG_LEAKED	      (1UL << 2) /* first of a block that was left out for good */
#define MSIM_PG_SWAPCACHE     (1UL << 3) /* @private is its first swap slot */
#define MSIM_PG_ORDER_SHIFT   8		 /* four bits: how many frames it stands for */
#define MSIM_PG_ORDER_MASK    (0xfUL << MSIM_PG_ORDER_SHIFT)
/* From here on, those of enum memcgsim_pageflags: no order, however wrong, is shifted so far. */
#define MSIM_PG_USER_SHIFT 40
#define MSIM_PG_USER(flag) (1UL << (MSIM_PG_USER_SHIFT + (flag)))
#define MSIM_PG_LOCKED	   MSIM_PG_USER(MEMCGSIM_PG_LOCKED)
#define MSIM_PG_LRU	   MSIM_PG_USER(MEMCGSIM_PG_LRU)
#define MSIM_PG_ACTIVE	   MSIM_PG_USER(MEMCGSIM_PG_ACTIVE)
#define MSIM_PG_UNEVICTABLE MSIM_PG_USER(MEMCGSIM_PG_UNEVICTABLE)
#define MSIM_PG_HWPOISON   MSIM_PG_USER(MEMCGSIM_PG_HWPOISON)

/*
 * One frame. All-zero is a valid page never used: hence @mapcount_or_type is the kernel's word plus
 * one.
 *   free (buddy or per-CPU list): _refcount = 0, memcg_data = 0, mapping = NULL, flags = 0
 *   tail of a compound page: compound_head = head | 1
 * 64 bytes, one line: the words of a free and of a charge lie together. @compound_head does not share
 * its word with @lru, as the kernel's does: who looks whether a page is a tail does not hold the lock
 * of the list whose neighbours write there. Models struct page.
 */
struct memcgsim_page {
	unsigned long flags;
	struct msim_list lru; /* free: zone lock or section; on an LRU list: the lruvec's lock */
	void *mapping;
	unsigned long compound_head; /* tail; 0: none */
	union {
		unsigned long private;	/* buddy: its order; in the swap cache: its slot */
		struct msim_slab *slab; /* every page of a slab */
	};
	unsigned int mapcount_or_type; /* the kernel's _mapcount / page_type, plus 1 */
	int _refcount;
	unsigned long memcg_data;
} msim_cacheline;

_Static_assert(sizeof(struct memcgsim_page) == 64, "the page array is sized by this");
_Static_assert(offsetof(struct memcgsim_page, memcg_data) == 56, "last, as in the kernel");

/* Under zone.lock. nr_free = length of all its lists. */
struct msim_free_area {
	struct msim_list free_list[MEMCGSIM_MIGRATE_TYPES];
	unsigned long nr_free;
};

enum msim_wmark {
	MSIM_WMARK_MIN,
	MSIM_WMARK_LOW,
	MSIM_WMARK_HIGH,
	MSIM_WMARK_PROMO,
	MSIM_NR_WMARKS,
};

/*
 *   managed = free pages on lists + (end of memory - frontier) + on per-CPU lists + guards
 *     + allocated + left out for good
 * Frames at and beyond @frontier_pfn were never used and lie on no list; it moves by the largest
 * block that is left, so it is aligned to whatever comes next. Models struct zone.
 */
struct msim_zone {
	struct msim_spinlock lock;
	struct msim_free_area free_area[MEMCGSIM_NR_PAGE_ORDERS];
	unsigned long free_pages; /* on the lists but those of isolated memory; of these ... */
	unsigned long free_cma_pages;
	unsigned long free_highatomic_pages;
	unsigned long reserved_highatomic_pages; /* in whole pageblocks */
	unsigned long leaked_pages;		 /* left out for good */
	unsigned long kswapd_wakeups;
	unsigned long wmark_pages[MSIM_NR_WMARKS]; /* constant */
	unsigned long frontier_pfn;
	uint8_t *block_types; /* by pageblock: enum memcgsim_migratetype; a lazy map */
	unsigned long nr_pages;
};

/*
 * A CPU's lists of free pages, the hot end first. Under the CPU's section.
 *   count = sum of lengths << order < high, but for what a refill has just brought
 */
struct msim_pcp {
	struct msim_list lists[MSIM_PCP_LISTS]; /* by msim_pcp_index() */
	unsigned long count_pages;
	unsigned long high_pages; /* 0: the lists are off */
	unsigned long batch_pages;
	unsigned long free_count_pages; /* freed at a stretch; each allocation halves it ... */
	unsigned int alloc_factor;	/* ... and each free this: log2 of batches to a refill */
};

/*
 * A place for a page in the swap area. Under swap.lock, but for @id, which is an access of its own.
 *   map = references of page tables + MSIM_SWAP_HAS_CACHE if the swap cache has it; 0: free
 *   @folio lies in it: NULL or the page of the swap cache, whose @private leads here
 *   @id is the id of the memcg that is charged, and a reference on that; 0: nobody is
 * Models an element of swap_map, of the swap cache and of swap_cgroup.
 */
#define MSIM_SWAP_HAS_CACHE (1u << 30)
#define MSIM_SWAP_GOING	    (1u << 31) /* nobody has it any more, but it is not free yet */
struct msim_swap_slot {
	unsigned int map;
	unsigned int id;
	struct memcgsim_page *folio;
};

/* @slots is a lazy map, constant; slot 0 is none, as the kernel has its header there. */
struct msim_swap {
	struct msim_spinlock lock;
	struct msim_swap_slot *slots;
	unsigned long nr_slots;	   /* constant: numbers are below */
	unsigned long lowest_free; /* no slot below it is free ... */
	unsigned long frontier;	   /* ... and none from here on was ever used */
	unsigned long nr_free;
};

/* ---- alloc: owned by alloc/ ---- */

/* What slab.next[] says of an object that is not on the slab's own free list. */
#define MSIM_OBJECT_LAST      0xffffu /* on it, the last */
#define MSIM_OBJECT_ALLOCATED 0xfffeu
#define MSIM_OBJECT_CACHED    0xfffdu /* in some CPU's magazine */

/*
 * The pages that one set of objects lies in. @free, @nr_free, @node: under the cache's lock.
 * next[i] of an object belongs to whoever holds the object.
 *   nr_free = length of the list that starts at @free
 */
struct msim_slab {
	struct memcgsim_kmem_cache *cache;
	struct memcgsim_page *page;
	char *base;
	struct msim_list node;
	struct msim_work
		work; /* a cache that is type-safe by RCU: to be freed after a grace period */
	unsigned short free;
	unsigned short nr_free;
	unsigned short next[];
};

/* A CPU's free objects of one cache, the last freed on top. Under the CPU's section. */
struct msim_magazine {
	unsigned int nr;
	void *objects[MSIM_MAGAZINE];
};

/* One that a CPU got at its first use of a cache that somebody created. */
struct msim_lazy_magazine {
	struct msim_magazine magazine;
	struct memcgsim_kmem_cache *cache;
	struct msim_list node; /* of the CPU's; under its section */
};

/*
 * Objects of one size. @slabs holds every slab, those with free objects first. What stands behind
 * @flags is constant too, but for @magazines[i], under the section of CPU i, and @node and
 * @destroyed, under the slab mutex. Models struct kmem_cache.
 */
struct memcgsim_kmem_cache {
	struct msim_spinlock lock;
	struct msim_list slabs;
	unsigned int nr_empty;
	unsigned int index; /* of cpu.magazines; MSIM_NR_CACHES: @magazines instead */
	unsigned int size_bytes, full_bytes; /* @full_bytes: what accounted ones cost (O-14) */
	unsigned int order, nr_objects;
	uint32_t reciprocal; /* ceil(2^32 / size): offset * this >> 32 is the index */
	unsigned int flags;
	unsigned int object_bytes;     /* as asked for: what may be used */
	unsigned int magazine_objects; /* how many a CPU keeps */
	void (*ctor)(void *object);
	struct memcgsim *machine;
	struct msim_lazy_magazine **magazines; /* by CPU; NULL: not used there yet */
	char *name, *epitaph; /* the latter: what a WARN says if objects are left at the end */
	bool destroyed;
	struct msim_list node;
	struct msim_work work;
};

/*
 * An object of which each CPU has its own, at that offset of its unit. On @live or a list of free
 * ones, under the mutex; @objcg: who is charged @full_bytes and referred to, or NULL.
 */
struct msim_pcpu_object {
	struct msim_list node;
	unsigned long offset_bytes;
	unsigned int size_bytes, full_bytes;
	unsigned int class; /* it has 1 << this bytes */
	bool boot;	    /* its bytes are the boot chunk's */
	struct memcgsim_obj_cgroup *objcg;
};

/*
 * All under the mutex. CPU i's unit begins at @units + i * the size of a unit; objects[o / 4] begins
 * at offset o. Both are lazy maps, made when first needed.
 */
#define MSIM_PCPU_CLASSES 16 /* 4 bytes to 32 KiB, by their logarithm */
struct msim_pcpu {
	struct msim_mutex mutex;
	char *units;
	struct msim_pcpu_object **objects;
	unsigned long frontier_bytes; /* never handed out from here on */
	unsigned long boot_bytes;     /* left of the boot chunk */
	struct msim_list live;
	struct msim_list free[MSIM_PCPU_CLASSES];
};

/* Single pages that addresses join. Constant but for @node: under the mutex. */
struct msim_vm_area {
	struct msim_list node;
	char *address; /* of memory of its own: the host's */
	unsigned long nr_pages;
	struct memcgsim_page **pages;
	bool accounted;
	bool usermap; /* it may be mapped to userspace */
};

struct msim_vmalloc {
	struct msim_mutex mutex;
	void *by_address; /* tsearch()'s tree */
	struct msim_list areas;
};

/* ---- a CPU: each member belongs to the floor named above ---- */

struct msim_cpu {
	struct msim_cpu_lock lock msim_cacheline;
	unsigned int id;
	struct memcgsim *machine;
	long *refs; /* by msim_ref.index; a lazy map */
	struct msim_stock stock;
	struct msim_pcp pcp msim_cacheline;
	struct msim_magazine *magazines[MSIM_NR_CACHES + 1]; /* the last one: machine.no_magazine */
	struct msim_list lazy_magazines;		     /* under the section */
	struct msim_trace trace;
	struct msim_ctx *irq;			      /* the thread that is in an interrupt here */
	struct memcgsim_mem_cgroup *int_active_memcg; /* its alone (O-13) */
	unsigned long history_counts[MEMCGSIM_NR_HISTORY_COUNTS]; /* of v1 machines */
};

/* ---- machine: owned by machine/ ---- */

/*
 * What one kernel version does its own way. Constant tables in machine/profile; slow halves ask
 * them, and where fast ones would answer otherwise the machine's CPU locks are always closed.
 */
struct msim_variant {
	const char *name;
	unsigned int batch_pages; /* charged ahead at most (C-02) */
	bool fast;		  /* the fast halves do as this version does */
	bool kmem_names_memcg; /* a kernel page's word: the memcg, which it pins; else the objcg */
	bool kmem_is_type;     /* ... untagged: that it is a kernel page's is a page type (B-07) */
	bool task_objcg;       /* task->objcg keeps its answer until the task is moved */
	bool orig_objcg;       /* a memcg keeps its objcg until it is freed (O-02) */
	bool vector_marker;    /* a slab remembers that its vector could not be had (T-01) */
	bool charge_first;     /* objects are charged before they are taken (O-14) */
	bool large_by_folio;   /* a large object's pages are uncharged past the stock (U-02) */
	bool v1; /* of 2012 to 2014: memcg->v1 counts, page_cgroups say whose a page is; no objcgs */
	/*
	 * v1: what a memcg has besides, under the cgroup mutex; the root's too. When it goes online its
	 * own references are there, and nobody can find it yet; nobody holds it when it ends.
	 */
	int (*memcg_create)(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);
	void (*memcg_online)(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);
	void (*memcg_free)(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);
	/* v1: its directory is gone. Puts the base reference, now or later. */
	void (*memcg_offline)(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);
	/*
	 * v1: how long a memcg lives on for its kernel pages. Every block of them has a reference of
	 * its own; or one serves all, and these two end it: @bytes less are charged, and the directory
	 * is gone, under the cgroup mutex.
	 */
	bool kmem_ref_each;
	void (*uncharge_kmem)(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			      uint64_t bytes);
	void (*kmem_destroy)(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg);
	/* v1: a charged block of @order becomes as many pages. */
	void (*split_kmem_page)(struct msim_ctx *ctx, struct memcgsim_page *page,
				unsigned int order);
	/* What each type, from MSIM_PGTY_BUDDY on, clears in the word; NULL: types are bytes (B-07). */
	const unsigned int *type_bits;
	/* The memcg of @task has changed: marks its word. NULL: as v6.12 (D1). */
	void (*mark_moved)(struct msim_ctx *ctx, struct memcgsim_task *task);
	/* The current task's word is marked: who pays now. NULL: as v6.12 (section 6). */
	struct memcgsim_obj_cgroup *(*update_objcg)(struct msim_ctx *ctx,
						    struct memcgsim_task *task);
	/* The page is allocated and uncharged. 0, also when nobody pays; -ENOMEM. */
	int (*charge_kmem_page)(struct msim_ctx *ctx, struct memcgsim_page *page,
				memcgsim_gfp_t gfp, unsigned int order);
	/* Of any page: what is no kernel page's charge is left alone. */
	void (*uncharge_kmem_page)(struct msim_ctx *ctx, struct memcgsim_page *page,
				   unsigned int order);
	/* Whose a user page is; NULL: nobody's, as a kernel page. Who asks can tell whether it may change. */
	struct memcgsim_mem_cgroup *(*user_memcg)(struct memcgsim *machine,
						  const struct memcgsim_page *page);
	/*
	 * A slot was taken for a locked page (0: none was to be had): charges and records it. 0, also if
	 * nobody is charged; -ENOMEM. NULL: that is @swapout's business.
	 */
	int (*charge_swap)(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned long entry);
	/* A page without references goes, its slot stays: whose charge it is then. NULL: nobody's. */
	void (*swapout)(struct msim_ctx *ctx, struct memcgsim_page *page, unsigned long entry);
	/* So many slots that named @memcg, which is not the root, are free. */
	void (*uncharge_swap)(struct msim_ctx *ctx, struct memcgsim_mem_cgroup *memcg,
			      unsigned long nr_pages);
	bool swapin_uncharges; /* a page that is charged anew takes its slot's charge over (U-10) */
	/* Both are locked and of one kind and size; @old is off the LRU lists. */
	void (*migrate)(struct msim_ctx *ctx, struct memcgsim_page *old,
			struct memcgsim_page *new_page);
	/* Whose the object at @p is, in the block of @head; NULL: as v6.12 finds out (T-04). */
	struct memcgsim_mem_cgroup *(*from_obj)(struct msim_ctx *ctx, struct memcgsim_page *head,
						const void *p);
	/* The same in the page cache, where either may be on a list or charged before. */
	void (*replace)(struct msim_ctx *ctx, struct memcgsim_page *old,
			struct memcgsim_page *new_page);
	/* A user page begins to be charged, to who is pinned, and ends; what that gathers is settled. */
	int (*charge_folio)(struct msim_ctx *ctx, struct memcgsim_page *page,
			    struct memcgsim_mem_cgroup *memcg, memcgsim_gfp_t gfp);
	void (*uncharge_folio)(struct msim_ctx *ctx, struct msim_uncharge_gather *gather,
			       struct memcgsim_page *page);
	void (*uncharge_batch)(struct msim_ctx *ctx, struct msim_uncharge_gather *gather);
	/*
	 * v1: @leader is about to go from @from to @to with its group: how many of its pages' charges
	 * will go along, for which @to has been charged; -ENOMEM. Then it has gone;
	 * or, without a @leader, has not.
	 */
	long (*can_attach)(struct msim_ctx *ctx, const struct memcgsim_task *leader,
			   struct memcgsim_mem_cgroup *from, struct memcgsim_mem_cgroup *to);
	void (*attach)(struct msim_ctx *ctx, const struct memcgsim_task *leader,
		       struct memcgsim_mem_cgroup *from, struct memcgsim_mem_cgroup *to,
		       long nr_charged);
	const struct msim_page_ops *pages; /* v1: what else befalls the charge of a user page */
};

struct memcgsim {
	struct memcgsim_config config;
	const struct msim_variant *variant;
	struct memcgsim_page *pages;
	struct msim_page_cgroup *page_cgroups; /* v1: one a frame; a lazy map */
	char *memory; /* what the pages stand for */
	struct msim_zone zone;
	struct msim_swap swap;

	struct msim_cpu *cpus;
	struct msim_cpu parked; /* of guests */
	long *refs_map;
	bool kmem_online; /* a memcg besides the root has existed: kernel memory is accounted */
	bool has_membarrier;
	bool force_sticky; /* no membarrier, or faults armed: CPU locks are spinlocks */
	unsigned long nr_bound;

	struct msim_mutex cgroup_mutex;
	struct msim_mutex drain_mutex;
	struct msim_spinlock css_set_lock;
	struct msim_spinlock objcg_lock;
	struct msim_spinlock memcg_tree_lock;
	struct msim_spinlock memcg_id_lock;
	struct msim_spinlock ref_index_lock;
	struct msim_spinlock bug_lock;

	struct memcgsim_mem_cgroup *root_memcg;
	struct memcgsim_cgroup *root;
	struct memcgsim_mem_cgroup **memcg_ids; /* by id; a lazy map, under memcg_id_lock */
	struct msim_list memcgs;     /* all, dying ones included; under the cgroup mutex */
	unsigned int lowest_free_id; /* no id below it is free; under memcg_id_lock */
	unsigned int *ref_free; /* stack of indices given back, a lazy map; under ref_index_lock */
	unsigned int nr_ref_free;
	unsigned int next_ref; /* never given out from here on */

	struct msim_takers takers;
	struct memcgsim_task idle;	   /* what a thread without a task runs */
	struct msim_list tasks;		   /* under css_set_lock, like ... */
	struct msim_list csets;		   /* ... these, which zombies may keep */
	unsigned long nr_zombies;	   /* under the cgroup mutex */
	struct msim_list mms;		   /* also */
	struct msim_hash tasks_by_address; /* what is on that list; under the cgroup mutex ... */
	struct msim_hash tasks_by_pid;	   /* ... like this, with zombies */
	struct msim_hash cgroups_by_name; /* living ones below the root, by parent and name; also */
	unsigned long next_serial;	  /* of cgroups; also */
	int next_pid;			  /* under the cgroup mutex */
	unsigned long nr_cgroups; /* below the root, dying ones included; under the cgroup mutex */

	struct memcgsim_kmem_cache caches[MSIM_NR_CACHES]; /* kmalloc's */
	struct msim_magazine no_magazine; /* always full: it sends kfree() to its slow half */
	struct msim_mutex slab_mutex;
	struct msim_pcpu pcpu;
	struct msim_vmalloc vmalloc;
	struct msim_list user_caches; /* those that somebody created; under the slab mutex */
	struct msim_work_queue work;
	struct msim_rcu_domain rcu;

	struct msim_fault faults[MEMCGSIM_NR_FAULT_SITES];
	struct msim_rng fault_rng;
	unsigned int faults_armed; /* bit per site; set while nobody is inside */
	struct memcgsim_hooks hooks;
	unsigned int high_pending; /* some memcg's is set */
#ifdef MSIM_EXPLORE
	bool cpu_lock_as_written; /* it is what is explored (seam/percpu.h) */
#endif
	struct msim_bugs bugs;
};

#endif /* MSIM_TYPES_H */
