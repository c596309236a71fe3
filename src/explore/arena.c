/* SPDX-License-Identifier: MIT */
/*
 * Owns the arena: one map, handed out from its beginning, in granules of 64 bytes with a mark each.
 * Used by one thread. A snapshot makes the map read-only; the first write to a page faults, copies
 * the page aside and lets the write go on; and from then on the page is copied back before each
 * schedule. So a schedule costs what it touches, not what there is.
 */
#include "explore/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/assert.h"
#include "explore/crash.h"

#define GRANULE_BYTES 64UL
#define ARENA_ADDRESS 0x200000000000UL /* addresses in messages are the same in each process */
#define PAGE_BYTES    4096UL
#define MAX_DIRTY     16384 /* pages that schedules write: 64 MiB */
#define POISON	      0xa5
#define LARGE_BYTES   65536 /* what is freed above this is not poisoned byte by byte */

/* A page that some schedule has written, and its bytes before the first one. */
struct dirty {
	char *page;
	char *copy;
	size_t bytes; /* that anybody had when the snapshot was taken */
};

static struct {
	char *base;
	char *next; /* blocks are handed out up to here ... */
	char *low;  /* ... and maps from here: they have no marks, and are never freed */
	unsigned char *granules;
	uint32_t *sizes;  /* by the first granule of a block: granules it has */
	uint32_t *firsts; /* by granule: its block's first */
	bool has_snapshot;
	char *snapshot_next, *snapshot_low;
	struct dirty *dirty;
	size_t nr_dirty;
	size_t *freed; /* blocks of the snapshot that were freed since */
	size_t nr_freed, max_freed;
} arena;

bool msim_arena_is_open(void)
{
	return arena.base != NULL;
}

/* At @where, if that is free; NULL: anywhere. */
static void *map(void *where, size_t bytes)
{
	void *address = mmap(where, bytes, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (address == MAP_FAILED)
		return NULL;
	(void)madvise(address, bytes, MADV_NOHUGEPAGE);
	return address;
}

/* The first write to a page since the snapshot. False: not that, or there is no room for its copy. */
static bool on_fault(void *address)
{
	char *page = (char *)((uintptr_t)address & ~(PAGE_BYTES - 1));
	struct dirty *dirty = &arena.dirty[arena.nr_dirty];

	if (!arena.has_snapshot || !msim_arena_has(address) || arena.nr_dirty == MAX_DIRTY)
		return false;
	if (page >= arena.snapshot_low || page + PAGE_BYTES <= arena.snapshot_next)
		dirty->bytes = PAGE_BYTES;
	else if (page < arena.snapshot_next)
		dirty->bytes = (size_t)(arena.snapshot_next - page);
	else
		dirty->bytes = 0;
	dirty->page = page;
	dirty->copy = NULL;
	if (dirty->bytes) {
		dirty->copy = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (dirty->copy == MAP_FAILED)
			return false;
		memcpy(dirty->copy, page, dirty->bytes);
	}
	if (mprotect(page, PAGE_BYTES, PROT_READ | PROT_WRITE))
		return false;
	arena.nr_dirty++;
	return true;
}

int msim_arena_open(void)
{
	size_t nr_granules = MSIM_ARENA_BYTES / GRANULE_BYTES;

	msim_assert(!arena.base);
	arena.base = map((void *)ARENA_ADDRESS, MSIM_ARENA_BYTES);
	arena.granules = map(NULL, nr_granules);
	arena.sizes = map(NULL, nr_granules * sizeof(*arena.sizes));
	arena.firsts = map(NULL, nr_granules * sizeof(*arena.firsts));
	arena.dirty = map(NULL, MAX_DIRTY * sizeof(*arena.dirty));
	if (!arena.base || !arena.granules || !arena.sizes || !arena.firsts || !arena.dirty) {
		msim_arena_close();
		return -ENOMEM;
	}
	arena.next = arena.base;
	arena.low = arena.base + MSIM_ARENA_BYTES;
	msim_crash_set_fault_handler(on_fault);
	return 0;
}

static void unmap(void *address, size_t bytes)
{
	if (address)
		munmap(address, bytes);
}

void msim_arena_close(void)
{
	size_t nr_granules = MSIM_ARENA_BYTES / GRANULE_BYTES;

	for (size_t i = 0; i < arena.nr_dirty; i++)
		unmap(arena.dirty[i].copy, PAGE_BYTES);
	unmap(arena.base, MSIM_ARENA_BYTES);
	unmap(arena.granules, nr_granules);
	unmap(arena.sizes, nr_granules * sizeof(*arena.sizes));
	unmap(arena.firsts, nr_granules * sizeof(*arena.firsts));
	unmap(arena.dirty, MAX_DIRTY * sizeof(*arena.dirty));
	free(arena.freed);
	memset(&arena, 0, sizeof(arena));
	msim_crash_set_fault_handler(NULL);
}

bool msim_arena_has(const volatile void *address)
{
	return (uintptr_t)address - (uintptr_t)arena.base < MSIM_ARENA_BYTES && arena.base;
}

uint64_t msim_arena_offset(const volatile void *address)
{
	return (uint64_t)((uintptr_t)address - (uintptr_t)arena.base);
}

static size_t granule_of(const volatile void *address)
{
	return msim_arena_offset(address) / GRANULE_BYTES;
}

enum msim_granule msim_arena_what(const volatile void *address)
{
	if ((const volatile char *)address >= arena.low)
		return MSIM_GRANULE_LIVE;
	return arena.granules[granule_of(address)];
}

const void *msim_arena_block(const volatile void *address)
{
	size_t granule;

	if (!msim_arena_has(address) || (const volatile char *)address >= arena.low)
		return NULL;
	granule = granule_of(address);
	return arena.granules[granule] ? &arena.granules[arena.firsts[granule]] : NULL;
}

/* Whether a block begins there. The sizes do not say: those of other schedules are left. */
static bool begins_block(const void *memory)
{
	size_t granule = granule_of(memory);

	return arena.granules[granule] && arena.firsts[granule] == granule &&
	       msim_arena_offset(memory) % GRANULE_BYTES == 0;
}

size_t msim_arena_block_bytes(const void *memory)
{
	size_t first = granule_of(memory);

	if (!begins_block(memory) || arena.granules[first] != MSIM_GRANULE_LIVE)
		return 0;
	return arena.sizes[first] * GRANULE_BYTES;
}

void *msim_arena_map(size_t size_bytes)
{
	size_t bytes = (size_bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);

	if (bytes > (size_t)(arena.low - arena.next))
		return NULL;
	return arena.low -= bytes;
}

void *msim_arena_alloc(size_t size_bytes)
{
	char *memory = arena.next;
	size_t nr_granules = (size_bytes + GRANULE_BYTES - 1) / GRANULE_BYTES;
	size_t first = granule_of(memory);

	if (nr_granules == 0)
		nr_granules = 1;
	if (nr_granules > (size_t)(arena.low - memory) / GRANULE_BYTES)
		return NULL;
	arena.next = memory + nr_granules * GRANULE_BYTES;
	arena.sizes[first] = (uint32_t)nr_granules;
	for (size_t i = first; i < first + nr_granules; i++)
		arena.firsts[i] = (uint32_t)first;
	memset(arena.granules + first, MSIM_GRANULE_LIVE, nr_granules);
	return memory;
}

/* Remembers a block of the snapshot that is freed, so that its marks come back. */
static void note_freed(size_t first)
{
	if (arena.nr_freed == arena.max_freed) {
		arena.max_freed = arena.max_freed ? 2 * arena.max_freed : 64;
		arena.freed = realloc(arena.freed, arena.max_freed * sizeof(*arena.freed));
		msim_assert(arena.freed);
	}
	arena.freed[arena.nr_freed++] = first;
}

enum msim_granule msim_arena_free(void *memory)
{
	size_t first = granule_of(memory);
	enum msim_granule was = arena.granules[first];
	size_t bytes = arena.sizes[first] * GRANULE_BYTES;

	if (!begins_block(memory))
		return MSIM_GRANULE_NOBODYS;
	if (was != MSIM_GRANULE_LIVE)
		return was;
	if (bytes <= LARGE_BYTES)
		memset(memory, POISON, bytes);
	memset(arena.granules + first, MSIM_GRANULE_FREED, arena.sizes[first]);
	if (arena.has_snapshot && (char *)memory < arena.snapshot_next)
		note_freed(first);
	return was;
}

void msim_arena_snapshot(void)
{
	int err;

	msim_assert(!arena.has_snapshot);
	arena.has_snapshot = true;
	arena.snapshot_next = arena.next;
	arena.snapshot_low = arena.low;
	err = mprotect(arena.base, MSIM_ARENA_BYTES, PROT_READ);
	msim_assert(err == 0);
}

/* What of a page was handed out after the snapshot. */
static void clear_used(const struct dirty *dirty)
{
	char *end = dirty->page + PAGE_BYTES;

	if (dirty->page < arena.low && end > arena.next)
		end = arena.next;
	if (dirty->page + dirty->bytes < end)
		memset(dirty->page + dirty->bytes, 0, (size_t)(end - dirty->page) - dirty->bytes);
}

void msim_arena_restore(void)
{
	size_t first = granule_of(arena.snapshot_next), last = granule_of(arena.next);

	msim_assert(arena.has_snapshot);
	for (size_t i = 0; i < arena.nr_dirty; i++) {
		struct dirty *dirty = &arena.dirty[i];

		if (dirty->bytes)
			memcpy(dirty->page, dirty->copy, dirty->bytes);
		if (dirty->bytes < PAGE_BYTES)
			clear_used(dirty);
	}
	for (size_t i = 0; i < arena.nr_freed; i++)
		memset(arena.granules + arena.freed[i], MSIM_GRANULE_LIVE,
		       arena.sizes[arena.freed[i]]);
	arena.nr_freed = 0;
	memset(arena.granules + first, MSIM_GRANULE_NOBODYS, last - first);
	arena.next = arena.snapshot_next;
	arena.low = arena.snapshot_low;
}
