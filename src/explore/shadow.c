/* SPDX-License-Identifier: MIT */
/*
 * Owns the shadow of the arena: for each eight bytes a list of accesses, each with its bytes. The
 * list forgets an access when a later one has happened after it with which everything races that
 * races with it, so it is short: Flanagan, Freund, "FastTrack: efficient and precise dynamic race
 * detection", PLDI 2009. Lists are tagged with the schedule: a new one costs nothing.
 */
#include "explore/shadow.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "explore/arena.h"
#include "explore/happens.h"

#define CELL_BYTES     8UL
#define CELLS_PER_PAGE 512UL
#define NR_PAGES       (MSIM_ARENA_BYTES / CELL_BYTES / CELLS_PER_PAGE)
#define FIRST_ACCESSES 4096

enum kind {
	PLAIN_READ,
	PLAIN_WRITE,
	ATOMIC_READ,
	ATOMIC_WRITE,
};

/* With which others each kind of access can race: bit per kind. */
static const unsigned char races_with[] = {
	[PLAIN_READ] = 1 << PLAIN_WRITE | 1 << ATOMIC_WRITE,
	[PLAIN_WRITE] = 1 << PLAIN_READ | 1 << PLAIN_WRITE | 1 << ATOMIC_READ | 1 << ATOMIC_WRITE,
	[ATOMIC_READ] = 1 << PLAIN_WRITE,
	[ATOMIC_WRITE] = 1 << PLAIN_READ | 1 << PLAIN_WRITE,
};

struct access {
	uint32_t next; /* of the cell's list; 0 ends it */
	uint32_t clock;
	unsigned char actor;
	unsigned char bytes; /* of the cell: bit per byte */
	unsigned char kind;
	const struct memcgsim_point *point; /* the actor's last: the access itself if atomic */
	const void *pc;			    /* of a plain access, where known */
};

struct cell {
	uint32_t schedule;
	uint32_t first;
};

/* A plain access before the first step of an actor. */
struct early {
	unsigned int actor;
	const volatile void *address;
	size_t bytes;
	bool write;
	const void *pc;
};

struct page {
	struct page *next; /* of those that are there */
	struct cell cells[CELLS_PER_PAGE];
};

static struct {
	struct early *early;
	size_t nr_early, max_early;
	struct page **pages; /* by the arena's */
	struct page *first_page;
	struct access *accesses;
	uint32_t nr_accesses, max_accesses;
	uint32_t schedule;
} shadow;

static uint32_t new_access(void)
{
	if (shadow.nr_accesses >= shadow.max_accesses) {
		shadow.max_accesses =
			shadow.max_accesses ? 2 * shadow.max_accesses : FIRST_ACCESSES;
		shadow.accesses =
			realloc(shadow.accesses, shadow.max_accesses * sizeof(*shadow.accesses));
		msim_assert(shadow.accesses);
	}
	return shadow.nr_accesses++;
}

void msim_shadow_begin(void)
{
	if (!shadow.max_accesses)
		(void)new_access();
	shadow.nr_accesses = 1; /* 0 is none, and by nobody */
	shadow.accesses[0].clock = 0;
	shadow.schedule++;
}

void msim_shadow_close(void)
{
	while (shadow.first_page) {
		struct page *next = shadow.first_page->next;

		free(shadow.first_page);
		shadow.first_page = next;
	}
	free(shadow.pages);
	free(shadow.early);
	free(shadow.accesses);
	memset(&shadow, 0, sizeof(shadow));
}

static struct page *new_page(size_t number)
{
	struct page *page;

	if (!shadow.pages)
		shadow.pages = calloc(NR_PAGES, sizeof(*shadow.pages));
	page = calloc(1, sizeof(*page));
	msim_assert(shadow.pages && page);
	page->next = shadow.first_page;
	shadow.first_page = page;
	shadow.pages[number] = page;
	return page;
}

static inline struct cell *cell_of(uint64_t offset)
{
	size_t number = offset / CELL_BYTES;
	struct page *page = likely(shadow.pages) ? shadow.pages[number / CELLS_PER_PAGE] : NULL;
	struct cell *cell;

	if (unlikely(!page))
		page = new_page(number / CELLS_PER_PAGE);
	cell = &page->cells[number % CELLS_PER_PAGE];
	if (cell->schedule != shadow.schedule) {
		cell->schedule = shadow.schedule;
		cell->first = 0;
	}
	return cell;
}

/* ---- what a person is told ---- */

static void describe(char *text, size_t size_bytes, const struct msim_run *run,
		     const struct access *access)
{
	static const char *const verbs[] = {
		[PLAIN_READ] = "reads",
		[PLAIN_WRITE] = "writes",
		[ATOMIC_READ] = "reads atomically",
		[ATOMIC_WRITE] = "writes atomically",
	};
	const struct memcgsim_point *point = access->point;
	const char *file = strrchr(point->file, '/');
	char where[32] = "";
	Dl_info info;

	/* As addr2line wants it. */
	if (access->pc && dladdr(access->pc, &info))
		snprintf(where, sizeof(where), " at 0x%lx",
			 (unsigned long)((const char *)access->pc - (const char *)info.dli_fbase));
	snprintf(text, size_bytes, "%s %s%s %s %s(%.40s) %s:%d",
		 run->actors[access->actor].spec->name, verbs[access->kind], where,
		 access->kind <= PLAIN_WRITE ? "after" : "by", point->name, point->text,
		 file ? file + 1 : point->file, point->line);
}

static void fail_race(struct msim_run *run, const struct access *earlier,
		      const struct access *later, uint64_t offset)
{
	char text[MEMCGSIM_FAILURE_BYTES], one[112], other[112];

	describe(one, sizeof(one), run, earlier);
	describe(other, sizeof(other), run, later);
	snprintf(text, sizeof(text), "arena+0x%llx: %s; %s", (unsigned long long)offset, one,
		 other);
	msim_run_fail(run, MEMCGSIM_DATA_RACE, text);
}

static void fail_unusable(struct msim_run *run, enum msim_granule what, uint64_t offset,
			  const struct access *access)
{
	char text[MEMCGSIM_FAILURE_BYTES], one[128];

	describe(one, sizeof(one), run, access);
	snprintf(text, sizeof(text), "arena+0x%llx: %s", (unsigned long long)offset, one);
	msim_run_fail(run,
		      what == MSIM_GRANULE_FREED ? MEMCGSIM_USE_AFTER_FREE : MEMCGSIM_WILD_ACCESS,
		      text);
}

/* ---- accesses ---- */

static bool happened_before(const struct access *access, const struct msim_clock *now)
{
	return access->clock <= now->before[access->actor];
}

/* Whether everything that races with @old also races with @access, which comes after it. */
static bool covers(const struct access *access, const struct access *old)
{
	return !(races_with[old->kind] & ~races_with[access->kind]);
}

/* Compares with what the cell knows, forgets what @access stands for from now on, and adds it. */
static void access_cell(struct msim_run *run, uint64_t offset, const struct access *access,
			const struct msim_clock *now)
{
	struct cell *cell = cell_of(offset);
	uint32_t *link = &cell->first, unused = 0;

	while (*link) {
		struct access *old = &shadow.accesses[*link];

		if (old->bytes & access->bytes) {
			if (!happened_before(old, now)) {
				if (races_with[old->kind] & (1 << access->kind))
					fail_race(run, old, access, offset);
			} else if (covers(access, old)) {
				old->bytes &= (unsigned char)~access->bytes;
				if (!old->bytes) {
					unused = *link;
					*link = old->next;
					continue;
				}
			} else if (old->actor == access->actor && old->clock == access->clock &&
				   covers(old, access) && !(access->bytes & ~old->bytes)) {
				return; /* nothing new */
			}
		}
		link = &old->next;
	}
	if (!unused)
		unused = new_access();
	shadow.accesses[unused] = *access;
	shadow.accesses[unused].next = cell->first;
	cell->first = unused;
}

/* The bytes of the cell at @offset from there on, @bytes at most: as bits. */
static inline unsigned char bytes_of(uint64_t offset, uint64_t bytes)
{
	uint64_t first = offset % CELL_BYTES;

	return (unsigned char)((bytes < CELL_BYTES ? (1u << bytes) - 1 : 0xff) << first);
}

static void access_bytes(struct msim_run *run, uint64_t offset, size_t bytes,
			 const volatile void *address, struct access *access)
{
	const struct msim_clock *now = msim_happens_now(run->current);
	enum msim_granule what = msim_arena_what(address);
	uint64_t end = offset + bytes;

	access->actor = (unsigned char)run->current->index;
	access->point = run->current->op.point;
	if (unlikely(what != MSIM_GRANULE_LIVE))
		fail_unusable(run, what, offset, access);
	while (offset < end) {
		uint64_t cell = offset & ~(CELL_BYTES - 1);

		access->bytes = bytes_of(offset, end - offset);
		access_cell(run, cell, access, now);
		offset = cell + CELL_BYTES;
	}
}

/* Whether the access says nothing new. Of memory that is freed nothing is known. */
static inline bool known(const struct msim_run *run, uint64_t offset, size_t bytes,
			 const struct access *access)
{
	const struct access *old = &shadow.accesses[cell_of(offset)->first];

	return old->clock == access->clock && old->actor == run->current->index &&
	       !(bytes_of(offset, bytes) & ~old->bytes) && covers(old, access) &&
	       offset % CELL_BYTES + bytes <= CELL_BYTES;
}

static void note_early(const struct early *early)
{
	if (shadow.nr_early == shadow.max_early) {
		shadow.max_early = shadow.max_early ? 2 * shadow.max_early : 64;
		shadow.early = realloc(shadow.early, shadow.max_early * sizeof(*shadow.early));
		msim_assert(shadow.early);
	}
	shadow.early[shadow.nr_early++] = *early;
}

void msim_shadow_plain(struct msim_run *run, const volatile void *address, size_t bytes, bool write,
		       const void *pc)
{
	struct access access = { .kind = write ? PLAIN_WRITE : PLAIN_READ, .pc = pc };
	uint64_t offset = msim_arena_offset(address);

	if (offset >= MSIM_ARENA_BYTES || !bytes)
		return;
	if (unlikely(run->prologue)) {
		note_early(&(struct early){ run->current->index, address, bytes, write, pc });
		return;
	}
	if (run->memory && run->memory->plain)
		run->memory->plain(run, address, bytes);
	access.clock = msim_happens_epoch(run->current);
	if (!known(run, offset, bytes, &access))
		access_bytes(run, offset, bytes, address, &access);
}

void msim_shadow_begun(struct msim_run *run)
{
	for (size_t i = 0; i < shadow.nr_early; i++) {
		const struct early *early = &shadow.early[i];

		if (early->actor == run->current->index)
			msim_shadow_plain(run, early->address, early->bytes, early->write,
					  early->pc);
	}
}

void msim_shadow_atomic(struct msim_run *run, const volatile void *address, size_t bytes,
			bool write, uint32_t epoch)
{
	struct access access = { .kind = write ? ATOMIC_WRITE : ATOMIC_READ, .clock = epoch };
	uint64_t offset = msim_arena_offset(address);

	if (offset < MSIM_ARENA_BYTES && !known(run, offset, bytes, &access))
		access_bytes(run, offset, bytes, address, &access);
}

void msim_shadow_free(struct msim_run *run, const volatile void *address, size_t bytes)
{
	const struct msim_clock *now = msim_happens_now(run->current);
	struct access access = { .kind = PLAIN_WRITE,
				 .actor = (unsigned char)run->current->index,
				 .point = run->current->op.point };
	uint64_t begin = msim_arena_offset(address);

	/* Not remembered: whatever comes later finds the memory freed. */
	for (uint64_t offset = begin; offset < begin + bytes; offset += CELL_BYTES) {
		struct cell *cell = cell_of(offset);

		for (uint32_t i = cell->first; i; i = shadow.accesses[i].next) {
			if (!happened_before(&shadow.accesses[i], now))
				fail_race(run, &shadow.accesses[i], &access, offset);
		}
		cell->first = 0;
	}
}
