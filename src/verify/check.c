/* SPDX-License-Identifier: MIT */
/*
 * Owns the catalogue of invariants and the order of their evaluation. Reads everything, changes
 * nothing but for the drain that the level Q0 asks for. Runs under the cgroup mutex, with nobody
 * else inside.
 */
#include <memcgsim/check.h>

#include <errno.h>

#include "alloc/slab.h"
#include "frames/pcp.h"
#include "memcg/drain.h"
#include "seam/bug.h"
#include "seam/percpu.h"
#include "seam/thread.h"
#include "seam/work.h"
#include "verify/census.h"
#include "verify/invariant.h"

#define Q  MEMCGSIM_CHECK_Q
#define Q0 MEMCGSIM_CHECK_Q0

#define AT_EACH_STEP "memcgsim explore looks at it at every step: docs/oracles.md"

static const struct memcgsim_invariant invariants[] = {
	{ "I-TAG", Q, "w(p) = 0, a living memcg, an objcg|KMEM, or a slab's vector|OBJEXTS", NULL },
	{ "I-TAG-TAIL", Q, "w(tail) = 0: the head stands for all frames", NULL },
	{ "I-NOBOTH", Q, "a page without references has w = 0", NULL },
	{ "I-COMPOUND", Q, "each tail of a compound page names its head", NULL },
	{ "I-ID-LIFE", Q, "id allocated <=> memcg online or id(m) written down", NULL },
	{ "I-REF-ID", Q, "ref(id) = online + records", NULL },
	{ "I-COUNTER", Q,
	  "u(m) = sum over subtree(m) of user pages + kernel pages + objects' pages + stocks",
	  NULL },
	{ "I-COUNTER0", Q0, "the same with empty stocks", NULL },
	{ "I-OBJ-PAGES", Q, "(objects + stocks + nr_charged_bytes) of an objcg mod PAGE = 0",
	  NULL },
	{ "I-HIER", Q, "u(parent) >= sum of u(online children)", NULL },
	{ "I-NONNEG", Q, "u(m) >= 0", NULL },
	{ "I-WATERMARK", Q, "watermark = some u(m) of the past; 0 only if the local one is", NULL },
	{ "I-KMEM", Q0, "kernel pages counted = kernel pages charged in the subtree", NULL },
	{ "I-STAT", Q0,
	  "slab, percpu, vmalloc, swap, lists counted = accounted objects, per-CPU objects, "
	  "pages, slots of the subtree",
	  NULL },
	{ "I-REF-OBJCG", Q,
	  "ref(g) = own memcg + tasks + slots + percpu + KMEM blocks + stocks + memcgs that hold "
	  "it + the "
	  "user's",
	  NULL },
	{ "I-REF-CSS", Q,
	  "ref(m) = base + id + user blocks + stocks + css_sets + children + the user's", NULL },
	{ "I-FREE-EVENTUAL", Q0, "an offline memcg that nobody holds is freed", NULL },
	{ "I-TASK-OBJCG", Q, "word without flag = the nearest objcg of the task's memcg, or none",
	  NULL },
	{ "I-TASK-EXIT", Q, "no exited task is left, and none holds a reference", NULL },
	{ "I-MM", Q, "users >= tasks that use it; the owner is one of them, or there is none",
	  NULL },
	{ "I-REPARENT", Q, "objcgs of an offline memcg are its nearest online ancestor's", NULL },
	{ "I-TREE", Q, "child online => parent online; counters follow the tree", NULL },
	{ "I-STOCK", Q,
	  "0 <= pages <= batch; nothing cached => nothing left; what is cached lives; "
	  "an offline CPU has nothing",
	  NULL },
	{ "I-PCP", Q, "count = sum of list lengths << order", NULL },
	{ "I-PCP-HIGH", Q, "count <= high + a refill", NULL },
	{ "I-PCP-NOCHG", Q, "listed pages have w = 0, no reference, no type", NULL },
	{ "I-PAGES", Q, "listed + per-CPU + allocated + guards + bad ones = frames ever used",
	  NULL },
	{ "I-BUDDY", Q, "typed <=> listed under its order; aligned; nothing typed inside", NULL },
	{ "I-BUDDY-MAX", Q, "no two free halves of one block stay unmerged", NULL },
	{ "I-BUDDY-TYPE", Q, "list's migratetype = pageblock's", NULL },
	{ "I-BUDDY-COUNT", Q,
	  "nr_free = length of the lists; free pages = sum << order, but for isolated ones", NULL },
	{ "I-VEC", Q, "slot != NULL => object live, its objcg alive", NULL },
	{ "I-PROT", Q, "children_min_usage = sum over children of min_usage; so of low; 0 offline",
	  NULL },
	{ "I-LIMIT", Q, "u <= max + what was forced, or was there when max was lowered", NULL },
	{ "I-LRU", Q,
	  "LRU mark <=> on the list of its memcg that its marks say; sizes = frames listed", NULL },
	{ "I-MEMSW", Q, "v1: u_memsw(m) = sum over subtree(m) of what pages and slots hold of it",
	  NULL },
	{ "I-RECORD", Q,
	  "v1: a record names a living memcg, of an allocated page, and is not locked", NULL },
	{ "I-LRU-DEAD", Q, "nobody's lists are empty: those of who is charged no user page", NULL },
	{ "I-SWAP", Q,
	  "u_swap(m) = slots that name subtree(m); each names nobody, or who has an id", NULL },

	{ "I-TAG-MONO", Q, "w changes only 0 -> x, x -> 0, memcg -> memcg", AT_EACH_STEP },
	{ "I-INIT", Q, "whatever a table or list leads to is live or dying",
	  "freed memory stays freed in memcgsim explore: who still finds it fails there" },
	{ "I-ID", Q, "ids are unique at every moment", AT_EACH_STEP },
	{ "I-LIMIT-SET", Q, "after set_max(x): u <= x at its linearisation point",
	  "a postcondition of the call: tests/race/charge_vs_set_max asks for it" },
	{ "I-FAIL-UNDO", Q, "a failed charge leaves every counter as it was", AT_EACH_STEP },
	{ "I-CHARGE-WHO", Q, "charged: who a read of the membership could have returned",
	  AT_EACH_STEP },
	{ "I-OBJCG-BYTES", Q, "at release: nr_charged_bytes mod PAGE = 0",
	  "a simulated WARN at the release itself" },
	{ "I-REF-POS", Q, "no count below zero", "a simulated VM_BUG at the put itself" },
	{ "I-REF-RESURRECT", Q, "no increment from zero", "a simulated VM_BUG at the get itself" },
	{ "I-FREE-ONCE", Q, "freed at most once per allocation",
	  "memcgsim explore, and simulated VM_BUGs at what is used again" },
	{ "I-FREE-ZERO", Q, "freed only with nothing charged", "asserted at the free itself" },
	{ "I-FREE-STATE", Q, "a freed page is clean", "asserted at the free itself" },
	{ "I-RCU", Q, "what a reader can reach is not reused",
	  "freed memory stays freed in memcgsim explore: who still reads it fails there" },
	{ "I-STOCK-OWNER", Q, "a stock is written by its lock's holder", AT_EACH_STEP },
	{ "I-REFP", Q, "page references = their holders",
	  "who holds a page reference is written down nowhere" },
	{ "I-VEC-ORDER", Q, "who sees the vector sees its zeroed slots",
	  "memcgsim explore: an unordered look at the slots is a data race" },
	{ "I-MIG", Q, "migration keeps the sum of charges",
	  "a postcondition of one operation, which touches no counter: tests/unit/migrate" },
	{ "I-REPL", Q, "replacement charges both until the old is freed",
	  "a postcondition of one operation; I-COUNTER sees both charges" },
	{ "I-QUEUE", Q, "queued under its memcg's key", "memcg-keyed queues are not built" },
	{ "I-PROGRESS", Q, "each operation ends when run alone",
	  "memcgsim explore: a schedule without end is a livelock or starvation" },
	{ "I-DEADLOCK", Q, "somebody can go on unless all are done",
	  "memcgsim explore: a schedule in which nobody can go on is a deadlock" },
	{ "I-LOCKORDER", Q, "the lock graph is acyclic", "ranks are asserted at each lock" },
	{ "I-MODE", Q, "what makes a check exact is recorded with a failure",
	  "recorded by the test that fails" },
};

/* In the order of the catalogue: those that are evaluated stand first. */
static void (*const functions[])(struct check *check) = {
	msim_check_tag,		  msim_check_tag_tail,
	msim_check_noboth,	  msim_check_compound,
	msim_check_id_life,	  msim_check_ref_id,
	msim_check_counter,	  msim_check_counter,
	msim_check_obj_pages,	  msim_check_hier,
	msim_check_nonneg,	  msim_check_watermark,
	msim_check_kmem,	  msim_check_stat,
	msim_check_ref_objcg,	  msim_check_ref_css,
	msim_check_free_eventual, msim_check_task_objcg,
	msim_check_task_exit,	  msim_check_mm,
	msim_check_reparent,	  msim_check_tree,
	msim_check_stock,	  msim_check_pcp,
	msim_check_pcp_high,	  msim_check_pcp_nochg,
	msim_check_pages,	  msim_check_buddy,
	msim_check_buddy_max,	  msim_check_buddy_type,
	msim_check_buddy_count,	  msim_check_vec,
	msim_check_prot,	  msim_check_limit,
	msim_check_lru,		  msim_check_memsw,
	msim_check_record,	  msim_check_lru_dead,
	msim_check_swap,
};

const struct memcgsim_invariant *memcgsim_invariants(size_t *ret_count)
{
	*ret_count = msim_array_size(invariants);
	return invariants;
}

/* Empties stocks, magazines and page lists of every CPU. */
static void drain_everything(struct msim_ctx *ctx)
{
	struct memcgsim *machine = ctx->machine;
	struct msim_cpu *cpu;

	msim_rcu_read_lock();
	msim_for_each_cpu (machine, cpu) {
		msim_cpu_visit(cpu);
		msim_drain_cpu(cpu);
		msim_slab_drain(cpu);
		msim_pcp_drain(cpu);
		msim_cpu_unvisit(cpu);
	}
	msim_rcu_read_unlock();
}

static void evaluate(struct check *check, enum memcgsim_check_level level)
{
	for (size_t i = 0; i < msim_array_size(functions); i++) {
		check->invariant = &invariants[i];
		msim_assert(!check->invariant->why_not);
		if (check->invariant->level <= level)
			functions[i](check);
	}
}

long memcgsim_check(struct memcgsim *machine, enum memcgsim_check_level level,
		    void (*report)(const struct memcgsim_violation *violation, void *arg),
		    void *arg)
{
	struct check check = { .machine = machine, .report = report, .arg = arg };
	struct msim_ctx guest, *ctx;
	bool complete;

	if ((level != MEMCGSIM_CHECK_Q && level != MEMCGSIM_CHECK_Q0) || msim_rcu_read_lock_held())
		return -EINVAL;
	memcgsim_run_work(machine);
	ctx = msim_guest_enter(machine, &guest);
	if (level == MEMCGSIM_CHECK_Q0) {
		do { /* what work frees goes into stocks, which hold somebody else */
			drain_everything(ctx);
		} while (msim_run_work(machine));
	}
	msim_mutex_lock(&machine->cgroup_mutex);
	complete = msim_census_take(machine, &check.census);
	if (complete)
		evaluate(&check, level);
	msim_mutex_unlock(&machine->cgroup_mutex);
	msim_guest_leave(ctx, &guest);
	msim_census_free(&check.census);
	return complete ? check.violations : -ENOMEM;
}
