/* SPDX-License-Identifier: MIT */
/*
 * Owns the hierarchical byte counters. Called by charging, uncharging and the limit files of v1
 * machines, on any thread; takes one level's lock at a time. Keeps I-NONNEG and I-FAIL-UNDO. Models
 * kernel/res_counter.c (Y-01, Y-02).
 */
#include "history/res_counter.h"

#include <errno.h>

#include "seam/bug.h"

void msim_res_counter_init(struct msim_res_counter *counter, struct msim_res_counter *parent)
{
	msim_spin_init(&counter->lock, MSIM_RANK_RES_COUNTER);
	counter->limit = MSIM_RES_COUNTER_MAX;
	counter->parent = parent;
}

/* One level: whether it had room. Without, it is charged only if @force. */
static bool charge_level(struct msim_res_counter *counter, uint64_t bytes, bool force)
{
	uint64_t usage;
	bool fits;

	msim_spin_lock(&counter->lock);
	usage = msim_load_relaxed(&counter->usage) + bytes;
	fits = usage <= counter->limit;
	if (!fits)
		counter->failcnt++;
	if (fits || force) {
		msim_store_relaxed(&counter->usage, usage);
		if (usage > counter->max_usage)
			counter->max_usage = usage;
	}
	msim_spin_unlock(&counter->lock);
	return fits;
}

static uint64_t uncharge_level(struct memcgsim *machine, struct msim_res_counter *counter,
			       uint64_t bytes)
{
	uint64_t usage;

	msim_spin_lock(&counter->lock);
	usage = msim_load_relaxed(&counter->usage);
	if (unlikely(usage < bytes)) {
		msim_warn(machine, "counter->usage < val", __func__, counter);
		bytes = usage;
	}
	usage -= bytes;
	msim_store_relaxed(&counter->usage, usage);
	msim_spin_unlock(&counter->lock);
	return usage;
}

int msim_res_counter_charge(struct memcgsim *machine, struct msim_res_counter *counter,
			    uint64_t bytes, struct msim_res_counter **ret_fail)
{
	msim_assert(bytes > 0);
	for (struct msim_res_counter *c = counter; c; c = c->parent) {
		if (charge_level(c, bytes, false))
			continue;
		*ret_fail = c;
		if (c != counter)
			(void)msim_res_counter_uncharge_until(machine, counter, c, bytes);
		return -ENOMEM;
	}
	return 0;
}

int msim_res_counter_charge_nofail(struct msim_res_counter *counter, uint64_t bytes,
				   struct msim_res_counter **ret_fail)
{
	int err = 0;

	msim_assert(bytes > 0);
	for (struct msim_res_counter *c = counter; c; c = c->parent) {
		if (charge_level(c, bytes, true) || err)
			continue;
		*ret_fail = c;
		err = -ENOMEM;
	}
	return err;
}

uint64_t msim_res_counter_uncharge_until(struct memcgsim *machine, struct msim_res_counter *counter,
					 const struct msim_res_counter *top, uint64_t bytes)
{
	uint64_t left = uncharge_level(machine, counter, bytes);

	for (struct msim_res_counter *c = counter->parent; c != top; c = c->parent)
		(void)uncharge_level(machine, c, bytes);
	return left;
}

int msim_res_counter_set_limit(struct msim_res_counter *counter, uint64_t limit)
{
	int err = -EBUSY;

	msim_spin_lock(&counter->lock);
	if (msim_load_relaxed(&counter->usage) <= limit) {
		counter->limit = limit;
		err = 0;
	}
	msim_spin_unlock(&counter->lock);
	return err;
}

struct msim_res_reading msim_res_counter_read(struct msim_res_counter *counter)
{
	struct msim_res_reading reading;

	msim_spin_lock(&counter->lock);
	reading.usage = msim_load_relaxed(&counter->usage);
	reading.max_usage = counter->max_usage;
	reading.limit = counter->limit;
	reading.failcnt = counter->failcnt;
	msim_spin_unlock(&counter->lock);
	return reading;
}

void msim_res_counter_reset_max(struct msim_res_counter *counter)
{
	msim_spin_lock(&counter->lock);
	counter->max_usage = msim_load_relaxed(&counter->usage);
	msim_spin_unlock(&counter->lock);
}

void msim_res_counter_reset_failcnt(struct msim_res_counter *counter)
{
	msim_spin_lock(&counter->lock);
	counter->failcnt = 0;
	msim_spin_unlock(&counter->lock);
}
