/* SPDX-License-Identifier: MIT */
/*
 * The CPU lock. Everything of a CPU (stocks, page lists, magazines, reference counters) belongs to
 * whoever holds it. A thread that has its CPU to itself takes it with plain stores; a visitor pays
 * for both, with a membarrier. The protocol, line by line:
 *
 *  1. A lock is `in` (the owner's), `closed`, `spin`, `nbound`, `sticky` (the last two under spin).
 *  2. Owner: in=1; compiler fence; closed (acquire) 0? then inside. Leave: in=0 (release).
 *  3. If closed: in=0 (release), take spin, work, drop spin.
 *  4. Visitor: take spin; closed=1; membarrier; wait until in==0; work; closed=sticky (release);
 *     drop spin.
 *  5. Visiting many CPUs: all spins in CPU order, close all, one membarrier, wait for each.
 *  6. Bind and unbind are visits that change nbound. There is no binding to an offline CPU.
 *  7. sticky = nbound > 1, or it was set and nbound > 0: once shared, shared until nobody is bound.
 *  8. No membarrier, or TSan: sticky=1 from creation. Same code, no second lock type.
 *  9. No syscall, hook, reclaim, schedule-out or exit inside a section.
 * 10. Destroy with nbound > 0 is -EBUSY and names the CPU.
 *
 * Why 2 and 4 cannot both be inside: the membarrier is a full barrier on every running thread of
 * the process. If it strikes before the owner's store of in, the owner's later load of closed sees
 * 1; if after, the visitor's load of in sees 1 and waits. Without it both may pass (the store
 * buffer), which tests/race/cpu_lock_owner_vs_visitor sees at once on real threads.
 *
 * Armed fault sites need every operation to be counted, so they set force_sticky too: the fast
 * paths then miss and no instruction is spent on asking. So do profiles whose kernel did otherwise.
 */
#ifndef MSIM_SEAM_PERCPU_H
#define MSIM_SEAM_PERCPU_H

#include "types.h"

#define msim_for_each_cpu(machine, cpu)                                                            \
	for (cpu = (machine)->cpus; cpu < (machine)->cpus + (machine)->config.nr_cpus; cpu++)

/* How a section was entered: its end must undo just that. */
struct msim_section {
	struct msim_cpu *cpu;
	enum { MSIM_OWNED, MSIM_SPUN, MSIM_VISITED } how;
};

#ifdef MSIM_EXPLORE
/*
 * Schedules are explored with one lock a CPU, that owner and visitor wait for alike; but where that
 * protocol itself is the subject.
 */
bool msim_cpu_enter_modelled(struct msim_cpu *cpu);
#endif

/* Line 2, for the fast paths: whether the calling thread, which must own the CPU, is inside. */
static msim_always_inline bool msim_cpu_enter(struct msim_cpu *cpu)
{
	msim_assert_full(msim_self->held_ranks >> MSIM_RANK_CPU == 0);
#ifdef MSIM_EXPLORE
	if (!cpu->machine->cpu_lock_as_written)
		return msim_cpu_enter_modelled(cpu);
#endif
	msim_store_relaxed(&cpu->lock.in, 1);
	msim_compiler_fence();
	if (unlikely(msim_load_acquire(&cpu->lock.closed))) {
		msim_store_release(&cpu->lock.in, 0);
		return false;
	}
	return true;
}

static msim_always_inline void msim_cpu_leave(struct msim_cpu *cpu)
{
#ifdef MSIM_EXPLORE
	if (!cpu->machine->cpu_lock_as_written) {
		msim_spin_unlock_unranked(&cpu->lock.spin);
		return;
	}
#endif
	msim_store_release(&cpu->lock.in, 0);
}

/* The caller, or at least somebody, is inside a section of @cpu (I-STOCK-OWNER). */
#define msim_assert_section(cpu)                                                                   \
	msim_assert_full(msim_load_relaxed(&(cpu)->lock.in) ||                                     \
			 msim_load_relaxed(&(cpu)->lock.spin.locked))

/*
 * Lines 2 and 3, for everybody else: the calling context's own CPU, whatever that takes. A guest
 * visits CPU 0. Sections do not nest.
 */
struct msim_section msim_section_enter(struct msim_ctx *ctx);
void msim_section_leave(struct msim_section *section);

/* Line 4; also for the calling thread's own CPU. */
void msim_cpu_visit(struct msim_cpu *cpu);
void msim_cpu_unvisit(struct msim_cpu *cpu);

/* Line 5. */
void msim_visit_all(struct memcgsim *machine);
void msim_unvisit_all(struct memcgsim *machine);

/* Line 6. False: the CPU is offline. */
bool msim_cpu_bind(struct msim_cpu *cpu);
void msim_cpu_unbind(struct msim_cpu *cpu);

void msim_cpu_lock_init(struct msim_cpu *cpu, bool sticky);

/*
 * Makes every CPU lock a spinlock from now on, until nobody is bound and @force_sticky is false
 * again.
 */
void msim_force_sticky(struct memcgsim *machine, bool force);

/* Whether they are that for good: there is no other way, or the fast halves are another kernel's. */
static inline bool msim_always_sticky(const struct memcgsim *machine)
{
	return !machine->has_membarrier || !machine->variant->fast;
}

/* Whether the process may use membarrier; registers it. False in TSan builds (line 8). */
bool msim_membarrier_init(void);

#endif /* MSIM_SEAM_PERCPU_H */
