/* SPDX-License-Identifier: MIT */
/*
 * Owns which CPUs are online, each CPU's word under its lock. Called from outside, by threads of
 * other CPUs or none. Keeps I-STOCK: an offline CPU has nothing. Models cpu_down(), cpu_up(),
 * kernel/cpu.c, with memcg_hotplug_cpu_dead() and page_alloc_cpu_dead() (C-19, B-47). What a CPU has
 * counted of references stays with it: those sums go over all CPUs, as the kernel's go over all
 * possible ones.
 */
#include <memcgsim/machine.h>

#include <errno.h>

#include "alloc/kmem_cache.h"
#include "frames/pcp.h"
#include "memcg/drain.h"
#include "seam/percpu.h"
#include "seam/thread.h"

/* NULL if there is no such CPU. */
static struct msim_cpu *cpu_at(const struct memcgsim *machine, unsigned int id)
{
	return id < machine->config.nr_cpus ? &machine->cpus[id] : NULL;
}

int memcgsim_cpu_down(struct memcgsim *machine, unsigned int cpu)
{
	struct msim_cpu *c = cpu_at(machine, cpu);
	struct msim_ctx guest, *ctx;
	int err = 0;

	if (!c)
		return -EINVAL;
	if (cpu == 0) /* which guests and the deferred work use */
		return -EPERM;
	ctx = msim_guest_enter(machine, &guest);
	msim_rcu_read_lock();
	msim_cpu_visit(c);
	if (c->lock.nbound) {
		err = -EBUSY;
	} else if (c->lock.online) {
		msim_drain_cpu(c);
		msim_slab_drain(c);
		msim_pcp_drain(c);
		c->lock.online = false;
	}
	msim_cpu_unvisit(c);
	msim_rcu_read_unlock();
	msim_guest_leave(ctx, &guest);
	return err;
}

int memcgsim_cpu_up(struct memcgsim *machine, unsigned int cpu)
{
	struct msim_cpu *c = cpu_at(machine, cpu);

	if (!c)
		return -EINVAL;
	msim_spin_lock(
		&c->lock.spin); /* nobody is bound to a CPU that is down: no need to visit it */
	c->lock.online = true;
	msim_spin_unlock(&c->lock.spin);
	return 0;
}

bool memcgsim_cpu_online(const struct memcgsim *machine, unsigned int cpu)
{
	struct msim_cpu *c = cpu_at(machine, cpu);
	bool online;

	if (!c)
		return false;
	msim_spin_lock(&c->lock.spin);
	online = c->lock.online;
	msim_spin_unlock(&c->lock.spin);
	return online;
}
