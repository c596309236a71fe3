/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: hands out anonymous maps. Callers own what they map. No locks.
 *
 * MAP_NORESERVE keeps a 1 TiB machine out of the overcommit accounts; MADV_NOHUGEPAGE keeps sparse
 * touching from faulting in 2 MiB at a time.
 */
#include "base/lazy.h"

#include <sys/mman.h>

#include "base/assert.h"
#ifdef MSIM_EXPLORE
#include "explore/arena.h"
#endif

void *msim_lazy_map(size_t size_bytes)
{
	void *map;

	msim_assert(size_bytes > 0);
#ifdef MSIM_EXPLORE
	if (msim_arena_is_open())
		return msim_arena_map(size_bytes);
#endif
	map = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		return NULL;
	/* Advice only: without it the machine is larger, not wrong. */
	(void)madvise(map, size_bytes, MADV_NOHUGEPAGE);
	return map;
}

void msim_lazy_unmap(void *map, size_t size_bytes)
{
	int err;

	if (!map)
		return;
#ifdef MSIM_EXPLORE
	if (msim_arena_is_open())
		return; /* it goes with the arena */
#endif
	err = munmap(map, size_bytes);
	msim_assert(err == 0);
}
