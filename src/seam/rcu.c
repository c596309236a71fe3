/* SPDX-License-Identifier: MIT */
/*
 * Owns the list of readers of a domain (its lock, rank MSIM_RANK_RCU) and the waiting for them.
 * Whoever unlinked something that readers may still see calls it. Stands on liburcu-memb; models
 * synchronize_rcu().
 */
#define _LGPL_SOURCE /* this file looks at liburcu's own record of a thread, in no section */
#include "seam/rcu.h"

#include "base/assert.h"

void msim_rcu_init(struct msim_rcu_domain *domain)
{
	msim_spin_init(&domain->lock, MSIM_RANK_RCU);
	msim_mutex_init(&domain->grace_period, MSIM_RANK_RCU_GP);
	msim_list_init(&domain->readers);
}

void msim_rcu_destroy(struct msim_rcu_domain *domain)
{
	msim_assert(msim_list_empty(&domain->readers));
	msim_mutex_destroy(&domain->grace_period);
}

#ifdef MSIM_EXPLORE
bool msim_rcu_register(struct msim_rcu_domain *domain)
{
	(void)domain;
	msim_assert(msim_self->rcu.nesting == 0);
	return false;
}

void msim_rcu_unregister(struct msim_rcu_domain *domain, bool told_liburcu)
{
	(void)domain;
	(void)told_liburcu;
	msim_assert(msim_self->rcu.nesting == 0);
}

void msim_rcu_synchronize(struct msim_rcu_domain *domain)
{
	(void)domain;
	msim_assert(!msim_self || msim_self->rcu.nesting == 0);
	memcgsim_explore_synchronize_rcu(
		MEMCGSIM_POINT_("grace_period_begin", "", MEMCGSIM_OP_GP_BEGIN, __ATOMIC_SEQ_CST,
				0),
		MEMCGSIM_POINT_("grace_period_end", "", MEMCGSIM_OP_GP_END, __ATOMIC_SEQ_CST, 0));
}
#else
bool msim_rcu_register(struct msim_rcu_domain *domain)
{
	struct msim_rcu_reader *self = &msim_self->rcu;
	/*
	 * liburcu keeps the flag in the thread's own record, which its header declares for inlining
	 */
	bool told_liburcu = !URCU_TLS(urcu_memb_reader).registered;

	msim_assert(self->nesting == 0);
	if (told_liburcu)
		urcu_memb_register_thread();
	msim_spin_lock(&domain->lock);
	msim_list_add_tail(&self->node, &domain->readers);
	msim_spin_unlock(&domain->lock);
	return told_liburcu;
}

void msim_rcu_unregister(struct msim_rcu_domain *domain, bool told_liburcu)
{
	struct msim_rcu_reader *self = &msim_self->rcu;

	msim_assert(self->nesting == 0);
	msim_spin_lock(&domain->lock);
	msim_list_del(&self->node);
	msim_spin_unlock(&domain->lock);
	if (told_liburcu)
		urcu_memb_unregister_thread();
}

/*
 * TSan's part of a grace period (rcu.h): between the two calls lies liburcu's own. Serialised,
 * since the notes lie with the readers.
 */
static void note_sections(struct msim_rcu_domain *domain)
{
	struct msim_list *pos;

	msim_mutex_lock(&domain->grace_period);
	msim_spin_lock(&domain->lock);
	msim_list_for_each (pos, &domain->readers) {
		struct msim_rcu_reader *reader = msim_list_entry(pos, struct msim_rcu_reader, node);

		/*
		 * a read-modify-write that adds nothing is the full barrier: TSan knows no fences
		 */
		reader->noted = msim_add_return(&reader->section, 0);
		reader->has_note = true;
	}
	msim_spin_unlock(&domain->lock);
}

static void acquire_noted_sections(struct msim_rcu_domain *domain)
{
	struct msim_list *pos;

	msim_spin_lock(&domain->lock);
	msim_list_for_each (pos, &domain->readers) {
		struct msim_rcu_reader *reader = msim_list_entry(pos, struct msim_rcu_reader, node);

		if (!reader->has_note)
			continue;
		/*
		 * A section is numbered before liburcu is told of it. If the grace period fell in
		 * between, it has waited for the section before: that one's end is to be acquired.
		 */
		__tsan_acquire(&reader->slots[(reader->noted - 1) % MSIM_RCU_SLOTS]);
		__tsan_acquire(&reader->slots[reader->noted % MSIM_RCU_SLOTS]);
	}
	msim_spin_unlock(&domain->lock);
	msim_mutex_unlock(&domain->grace_period);
}

void msim_rcu_synchronize(struct msim_rcu_domain *domain)
{
	msim_assert(!msim_self || msim_self->rcu.nesting == 0);
	if (MSIM_TSAN)
		note_sections(domain);
	urcu_memb_synchronize_rcu();
	if (MSIM_TSAN)
		acquire_noted_sections(domain);
}
#endif /* MSIM_EXPLORE */
