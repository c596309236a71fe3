/* SPDX-License-Identifier: MIT */
/*
 * Memory that can be put back as it was: what the actors of an exploration share lies here, and
 * each schedule begins with the bytes of the first. Nothing that is given back is handed out again
 * until then, so every use after free is one that can be seen.
 */
#ifndef MSIM_EXPLORE_ARENA_H
#define MSIM_EXPLORE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MSIM_ARENA_BYTES (1UL << 32)

/* What a granule of the arena is. */
enum msim_granule {
	MSIM_GRANULE_NOBODYS,
	MSIM_GRANULE_LIVE,
	MSIM_GRANULE_FREED,
};

/* Whether the process has an arena, and so all memory is taken from it. */
bool msim_arena_is_open(void);

/* 0 or -ENOMEM. One at a time. */
int msim_arena_open(void);
void msim_arena_close(void);

/* Zeroed, aligned to 64 bytes; NULL if the arena is full. */
void *msim_arena_alloc(size_t size_bytes);

/* The same in whole pages, which cost nothing until they are written. Not to be given back. */
void *msim_arena_map(size_t size_bytes);

/* What the block that begins at @memory was: a live one becomes freed. Where none begins: nobody's. */
enum msim_granule msim_arena_free(void *memory);

/* Of a block that has not been given back, at its first byte; 0 elsewhere. */
size_t msim_arena_block_bytes(const void *memory);

bool msim_arena_has(const volatile void *address);
enum msim_granule msim_arena_what(const volatile void *address);

/* An address that stands for the whole block in which @address lies; NULL: in none. */
const void *msim_arena_block(const volatile void *address);

/* The offset in the arena: the same in every run of the same program. Elsewhere it is too great. */
uint64_t msim_arena_offset(const volatile void *address);

/* From now on msim_arena_restore() brings back what is there now. */
void msim_arena_snapshot(void);
void msim_arena_restore(void);

#endif /* MSIM_EXPLORE_ARENA_H */
