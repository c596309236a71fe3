/* SPDX-License-Identifier: MIT */
/*
 * Owns the border to the host's allocator. Anybody may call it; no locks, no state.
 */
#include "base/heap.h"

#include <stdlib.h>
#include <string.h>

#ifdef MSIM_EXPLORE
#include <memcgsim/explore.h>

#include "explore/arena.h"
#endif

#define LINE_BYTES 64

void *msim_heap_alloc(size_t size_bytes)
{
	size_t rounded = (size_bytes + LINE_BYTES - 1) & ~(size_t)(LINE_BYTES - 1);
	void *memory;

#ifdef MSIM_EXPLORE
	if (msim_arena_is_open())
		return memcgsim_explore_alloc(size_bytes);
#endif
	memory = aligned_alloc(LINE_BYTES, rounded);
	if (memory)
		memset(memory, 0, rounded);
	return memory;
}

void msim_heap_free(void *memory)
{
#ifdef MSIM_EXPLORE
	if (msim_arena_is_open()) {
		memcgsim_explore_free(memory);
		return;
	}
#endif
	free(memory);
}
