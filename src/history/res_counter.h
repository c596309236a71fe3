/* SPDX-License-Identifier: MIT */
/*
 * A hierarchy of byte counts with limits, as before the page counters.
 */
#ifndef MSIM_HISTORY_RES_COUNTER_H
#define MSIM_HISTORY_RES_COUNTER_H

#include "types.h"

void msim_res_counter_init(struct msim_res_counter *counter, struct msim_res_counter *parent);

/*
 * Adds @bytes at every level, leaf to root, or at none: then -ENOMEM, and *@ret_fail is the level
 * whose limit refused. Written only on failure.
 */
int msim_res_counter_charge(struct memcgsim *machine, struct msim_res_counter *counter,
			    uint64_t bytes, struct msim_res_counter **ret_fail);

/* Adds whatever the limits say, and still tells, and counts, what the first of them said. */
int msim_res_counter_charge_nofail(struct msim_res_counter *counter, uint64_t bytes,
				   struct msim_res_counter **ret_fail);

/*
 * Takes off at every level below @top, NULL for all; below zero is a WARN and becomes zero. Returns
 * what @counter itself has left (Y-02).
 */
uint64_t msim_res_counter_uncharge_until(struct memcgsim *machine, struct msim_res_counter *counter,
					 const struct msim_res_counter *top, uint64_t bytes);

static inline uint64_t msim_res_counter_uncharge(struct memcgsim *machine,
						 struct msim_res_counter *counter, uint64_t bytes)
{
	return msim_res_counter_uncharge_until(machine, counter, NULL, bytes);
}

/* Without the lock: right at some moment, and ordered with nothing. */
static inline uint64_t msim_res_counter_usage(const struct msim_res_counter *counter)
{
	return msim_load_relaxed(&counter->usage);
}

/* 0, or -EBUSY with the old limit if the usage is above the new one. */
int msim_res_counter_set_limit(struct msim_res_counter *counter, uint64_t limit);

/* What stood in a counter at one moment. */
struct msim_res_reading {
	uint64_t usage;
	uint64_t max_usage;
	uint64_t limit;
	uint64_t failcnt;
};

struct msim_res_reading msim_res_counter_read(struct msim_res_counter *counter);

/* The greatest usage is the present one from here on; and no failures have been. */
void msim_res_counter_reset_max(struct msim_res_counter *counter);
void msim_res_counter_reset_failcnt(struct msim_res_counter *counter);

#endif /* MSIM_HISTORY_RES_COUNTER_H */
