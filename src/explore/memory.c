/* SPDX-License-Identifier: MIT */
/*
 * Owns which model is whose. Anybody may call it; no locks, no state of its own.
 */
#include "explore/memory.h"

#include <stddef.h>

#include "explore/tso.h"
#include "explore/views.h"

const struct msim_memory *msim_memory_of(enum memcgsim_memory memory)
{
	switch (memory) {
	case MEMCGSIM_MEMORY_RA:
		return &msim_views;
	case MEMCGSIM_MEMORY_TSO:
		return &msim_tso;
	default:
		return NULL;
	}
}
