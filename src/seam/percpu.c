/* SPDX-License-Identifier: MIT */
/*
 * Owns the CPU locks (rank MSIM_RANK_CPU) and keeps I-STOCK-OWNER: a CPU's data is written only by
 * who holds its lock. The fast half is in the header. Stands in for the kernel's local_lock and
 * irqs-off.
 */
#include "seam/percpu.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

bool msim_membarrier_init(void)
{
#ifdef MSIM_EXPLORE
	return true;
#else
	if (MSIM_TSAN)
		return false;
	return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
#endif
}

static void membarrier(void)
{
#ifdef MSIM_EXPLORE
	memcgsim_explore_fence(
		MEMCGSIM_POINT_("membarrier", "", MEMCGSIM_OP_MEMBARRIER, __ATOMIC_SEQ_CST, 0));
#else
	long err = syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);

	msim_assert(err == 0); /* registered at creation */
#endif
}

#ifdef MSIM_EXPLORE
bool msim_cpu_enter_modelled(struct msim_cpu *cpu)
{
	msim_spin_lock_unranked(&cpu->lock.spin);
	if (!cpu->lock.sticky)
		return true;
	msim_spin_unlock_unranked(&cpu->lock.spin);
	return false;
}
#endif

/* Whether the lock is the explorer's one, which has no owner with plain stores. */
static bool modelled(const struct msim_cpu *cpu)
{
#ifdef MSIM_EXPLORE
	return !cpu->machine->cpu_lock_as_written;
#else
	(void)cpu;
	return false;
#endif
}

void msim_cpu_lock_init(struct msim_cpu *cpu, bool sticky)
{
	cpu->lock.in = 0;
	cpu->lock.closed = sticky;
	cpu->lock.sticky = sticky;
	cpu->lock.nbound = 0;
	cpu->lock.online = true;
	msim_spin_init(&cpu->lock.spin, MSIM_RANK_CPU);
}

static void wait_for_owner(struct msim_cpu *cpu)
{
	unsigned int spins = 0;

	/*
	 * Acquire: pairs with the owner's release in msim_cpu_leave(), after which its writes are
	 * ours.
	 */
	while (msim_load_acquire(&cpu->lock.in))
		msim_spin_wait(&spins);
}

/* A lock that is sticky has no owner inside: its spin alone excludes. */
static void close_cpu(struct msim_cpu *cpu)
{
	if (modelled(cpu))
		return;
	msim_assert(msim_load_relaxed(&cpu->lock.spin.locked));
	if (cpu->lock.sticky)
		return;
	msim_store_relaxed(&cpu->lock.closed, 1);
	membarrier();
	wait_for_owner(cpu);
}

static void reopen_cpu(struct msim_cpu *cpu)
{
	if (!modelled(cpu))
		msim_store_release(&cpu->lock.closed, cpu->lock.sticky);
}

void msim_cpu_visit(struct msim_cpu *cpu)
{
	msim_spin_lock(&cpu->lock.spin);
	close_cpu(cpu);
}

void msim_cpu_unvisit(struct msim_cpu *cpu)
{
	reopen_cpu(cpu);
	msim_spin_unlock(&cpu->lock.spin);
}

void msim_visit_all(struct memcgsim *machine)
{
	struct msim_cpu *cpu;
	bool biased = false;

	msim_rank_enter(MSIM_RANK_CPU);
	msim_for_each_cpu (machine, cpu) {
		msim_spin_lock_unranked(&cpu->lock.spin);
		if (modelled(cpu))
			continue;
		biased |= !cpu->lock.sticky;
		msim_store_relaxed(&cpu->lock.closed, 1);
	}
	if (!biased)
		return;
	membarrier();
	msim_for_each_cpu (machine, cpu) {
		if (!cpu->lock.sticky)
			wait_for_owner(cpu);
	}
}

void msim_unvisit_all(struct memcgsim *machine)
{
	struct msim_cpu *cpu;

	msim_for_each_cpu (machine, cpu) {
		reopen_cpu(cpu);
		msim_spin_unlock_unranked(&cpu->lock.spin);
	}
	msim_rank_leave(MSIM_RANK_CPU);
}

/* Line 7, under the lock. */
static void update_sticky(struct msim_cpu *cpu)
{
	cpu->lock.sticky = cpu->lock.nbound > 1 || (cpu->lock.sticky && cpu->lock.nbound > 0) ||
			   cpu->machine->force_sticky;
}

bool msim_cpu_bind(struct msim_cpu *cpu)
{
	bool online;

	msim_cpu_visit(cpu);
	online = cpu->lock.online;
	cpu->lock.nbound += online;
	update_sticky(cpu);
	msim_cpu_unvisit(cpu);
	return online;
}

void msim_cpu_unbind(struct msim_cpu *cpu)
{
	msim_cpu_visit(cpu);
	msim_assert(cpu->lock.nbound > 0);
	cpu->lock.nbound--;
	update_sticky(cpu);
	msim_cpu_unvisit(cpu);
}

void msim_force_sticky(struct memcgsim *machine, bool force)
{
	struct msim_cpu *cpu;

	msim_visit_all(machine);
	machine->force_sticky = force;
	msim_for_each_cpu (machine, cpu)
		update_sticky(cpu);
	msim_unvisit_all(machine);
}

struct msim_section msim_section_enter(struct msim_ctx *ctx)
{
	struct msim_section section = { .cpu = ctx->cpu, .how = MSIM_OWNED };

	if (ctx->guest) {
		section.cpu = ctx->machine->cpus;
		section.how = MSIM_VISITED;
		msim_cpu_visit(section.cpu);
		return section;
	}
	if (msim_cpu_enter(section.cpu)) {
		msim_rank_enter(MSIM_RANK_CPU);
		return section;
	}
	section.how = MSIM_SPUN;
	msim_spin_lock(&section.cpu->lock.spin);
	return section;
}

void msim_section_leave(struct msim_section *section)
{
	switch (section->how) {
	case MSIM_OWNED:
		msim_rank_leave(MSIM_RANK_CPU);
		msim_cpu_leave(section->cpu);
		break;
	case MSIM_SPUN:
		msim_spin_unlock(&section->cpu->lock.spin);
		break;
	case MSIM_VISITED:
		msim_cpu_unvisit(section->cpu);
		break;
	}
}
