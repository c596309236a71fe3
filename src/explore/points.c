/* SPDX-License-Identifier: MIT */
/*
 * Owns what happens at each kind of schedule point: the accesses, locks, read sections and grace
 * periods of explore.h. Called by the seam, and by the macros of that header. Outside a search
 * everything is direct.
 */
#include <memcgsim/explore.h>

#include <stdio.h>

#include "explore/arena.h"
#include "explore/happens.h"
#include "explore/shadow.h"
#include "explore/step.h"

static void acquire(struct msim_run *run, const volatile void *word)
{
	if (run->clocks)
		msim_happens_acquire(run, word);
}

static void release(struct msim_run *run, const volatile void *word)
{
	if (run->clocks)
		msim_happens_release(run, word);
}

/* The instruction behind a point that is no access orders the actor's own accesses. */
static void fence(struct msim_run *run, const struct memcgsim_point *point)
{
	if (run->memory && run->memory->fence)
		run->memory->fence(run, point);
}

/* Plain accesses race with atomic ones too. @epoch: of the actor before it made this one. */
static void watch_atomic(struct msim_run *run, const struct memcgsim_point *point,
			 const volatile void *word, uint32_t epoch)
{
	if (run->subject->plain)
		msim_shadow_atomic(run, word, point->size_bytes, point->op != MEMCGSIM_OP_LOAD,
				   epoch);
}

/* What a wait for this word, if one follows, waits to see changed: @from has what was read. */
static void remember_read(struct msim_run *run, const struct memcgsim_point *point,
			  const volatile void *word, const volatile void *from)
{
	struct msim_run_actor *actor = run->current;

	actor->last_word = word;
	actor->last_size_bytes = point->size_bytes;
	actor->last_value = msim_read_word(from, point->size_bytes);
}

const volatile void *memcgsim_explore_load(const struct memcgsim_point *point,
					   const volatile void *word)
{
	struct msim_run *run = msim_searching;
	const volatile void *from = word;
	uint32_t epoch;

	if (!run)
		return word;
	msim_step(run, point, word, false);
	epoch = msim_happens_epoch(run->current);
	if (run->memory)
		from = run->memory->load(run, point, word);
	else if (run->clocks)
		msim_happens_load(run, point->order, msim_happens_of(word));
	watch_atomic(run, point, word, epoch);
	remember_read(run, point, word, from);
	run->left_at = from;
	return from;
}

volatile void *memcgsim_explore_store(const struct memcgsim_point *point, volatile void *word)
{
	struct msim_run *run = msim_searching;
	volatile void *to = word;
	uint32_t epoch;

	if (!run)
		return word;
	msim_step(run, point, word, false);
	if (unlikely(run->oracle != NULL))
		msim_note_write(run, point, word);
	epoch = msim_happens_epoch(run->current);
	if (run->memory)
		to = run->memory->store(run, point, word);
	else if (run->clocks)
		msim_happens_store(run, point->order, msim_happens_of(word));
	watch_atomic(run, point, word, epoch);
	run->left_at = to;
	return to;
}

void memcgsim_explore_rmw(const struct memcgsim_point *point, volatile void *word)
{
	struct msim_run *run = msim_searching;
	uint32_t epoch;

	if (!run)
		return;
	msim_step(run, point, word, false);
	if (unlikely(run->oracle != NULL))
		msim_note_write(run, point, word);
	epoch = msim_happens_epoch(run->current);
	if (run->memory)
		run->memory->rmw(run, point, word);
	else if (run->clocks)
		msim_happens_rmw(run, point->order, msim_happens_of(word));
	watch_atomic(run, point, word, epoch);
	remember_read(run, point, word, word);
}

void memcgsim_explore_fence(const struct memcgsim_point *point)
{
	struct msim_run *run = msim_searching;

	if (!run)
		return;
	msim_step(run, point, NULL, false);
	fence(run, point);
	if (run->clocks)
		msim_happens_fence(run, point);
}

/* ---- locks ---- */

static void take(struct msim_run *run, const struct memcgsim_point *point, unsigned int *lock)
{
	uint32_t epoch = msim_happens_epoch(run->current);

	*lock = 1;
	run->current->atomic_depth++;
	if (run->memory && run->memory->acquire)
		run->memory->acquire(run, lock);
	acquire(run, lock);
	watch_atomic(run, point, lock, epoch);
	if (unlikely(run->oracle != NULL))
		run->oracle->locked(run, lock);
}

void memcgsim_explore_lock(const struct memcgsim_point *point, unsigned int *lock)
{
	struct msim_run *run = msim_searching;

	if (!run) {
		if (*lock && msim_exploring)
			memcgsim_explore_fail(MEMCGSIM_DEADLOCK,
					      "a lock is held that nobody will give back");
		*lock = 1;
		return;
	}
	msim_step(run, point, lock, true);
	fence(run, point);
	take(run, point, lock);
}

bool memcgsim_explore_trylock(const struct memcgsim_point *point, unsigned int *lock)
{
	struct msim_run *run = msim_searching;
	bool was_free;

	if (run) {
		msim_step(run, point, lock, false);
		fence(run, point);
	}
	was_free = *lock == 0;
	if (was_free && run)
		take(run, point, lock);
	*lock = 1;
	return was_free;
}

void memcgsim_explore_unlock(const struct memcgsim_point *point, unsigned int *lock)
{
	struct msim_run *run = msim_searching;

	if (run && point)
		msim_step(run, point, lock, false);
	if (!*lock)
		memcgsim_explore_fail(MEMCGSIM_ASSERTION, "a lock is given back that nobody holds");
	*lock = 0;
	if (!run)
		return;
	run->current->atomic_depth--;
	if (!point)
		msim_trace_push(run, MSIM_SILENT_UNLOCK)->op.word = lock;
	if (run->memory && run->memory->release)
		run->memory->release(run, lock);
	release(run, lock);
}

void memcgsim_explore_spin(const struct memcgsim_point *point)
{
	struct msim_run *run = msim_searching;
	struct msim_run_actor *actor;

	if (!run)
		return;
	actor = run->current;
	if (!actor->last_word)
		msim_run_fail(run, MEMCGSIM_ASSERTION, "a wait for a word before any was read");
	msim_step(run, point, actor->last_word, true);
	if (run->memory)
		run->memory->see_newest(run, point, actor->last_word);
}

void memcgsim_explore_wait(const struct memcgsim_point *point, const volatile unsigned char *word)
{
	struct msim_run *run = msim_searching;

	if (!run)
		return;
	do {
		msim_step(run, point, word, true);
		if (run->memory)
			run->memory->see_newest(run, point, word);
		else
			acquire(run, word);
	} while (!*word);
}

/* ---- RCU ---- */

void memcgsim_explore_rcu_read_lock(const struct memcgsim_point *point)
{
	struct msim_run *run = msim_searching;

	if (!run)
		return;
	if (run->current->rcu_nesting == 0) {
		msim_step(run, point, &run->rcu[0], false);
		run->current->rcu_section++;
		acquire(run, &run->rcu[0]);
	}
	run->current->rcu_nesting++;
}

void memcgsim_explore_rcu_read_unlock(void)
{
	struct msim_run *run = msim_searching;

	if (!run)
		return;
	if (run->current->rcu_nesting == 0)
		msim_run_fail(run, MEMCGSIM_ASSERTION, "no read section to leave");
	if (--run->current->rcu_nesting)
		return;
	msim_trace_push(run, MSIM_SILENT_RCU_READ_UNLOCK)->op.word = &run->rcu[0];
	/* By the number of the section: a grace period sees no later one. */
	release(run, &run->current->rcu_slots[run->current->rcu_section % MSIM_RCU_ENDS]);
}

bool memcgsim_explore_rcu_reading(void)
{
	return msim_searching && msim_searching->current->rcu_nesting > 0;
}

void memcgsim_explore_synchronize_rcu(const struct memcgsim_point *begin,
				      const struct memcgsim_point *end)
{
	struct msim_run *run = msim_searching;
	struct msim_run_actor *actor;

	if (!run)
		return;
	actor = run->current;
	if (actor->rcu_nesting)
		msim_run_fail(run, MEMCGSIM_DEADLOCK,
			      "a grace period is awaited inside a read section");
	msim_step(run, begin, &run->rcu[1], false);
	fence(run, begin);
	release(run, &run->rcu[0]);
	for (unsigned int i = 0; i < run->nr_actors; i++)
		actor->awaited[i] = run->actors[i].rcu_section;
	msim_step(run, end, NULL, true);
	fence(run, end);
	for (unsigned int i = 0; i < run->nr_actors; i++) {
		if (actor->awaited[i])
			acquire(run, &run->actors[i].rcu_slots[actor->awaited[i] % MSIM_RCU_ENDS]);
	}
}

/* ---- memory, choices and plain accesses ---- */

void *memcgsim_explore_alloc(size_t size_bytes)
{
	void *memory = msim_arena_is_open() ? msim_arena_alloc(size_bytes) : NULL;

	/* Whoever makes it writes its zeroes: to be seen by others, it has to be published. */
	if (memory && msim_searching && msim_searching->subject->plain && !msim_searching->prologue)
		msim_shadow_plain(msim_searching, memory, size_bytes, true,
				  __builtin_return_address(0));
	return memory;
}

void memcgsim_explore_free(void *memory)
{
	static const struct memcgsim_point point = {
		__FILE__, __LINE__, "free", "", MEMCGSIM_OP_FREE, __ATOMIC_RELAXED, 0,
	};
	enum msim_granule was;

	if (!memory || !msim_arena_is_open())
		return;
	/* A step: who still uses the memory may come before, or after. */
	if (msim_searching)
		msim_step(msim_searching, &point, memory, false);
	if (msim_searching && msim_searching->subject->plain && !msim_searching->prologue &&
	    msim_arena_has(memory))
		msim_shadow_free(msim_searching, memory, msim_arena_block_bytes(memory));
	was = msim_arena_has(memory) ? msim_arena_free(memory) : MSIM_GRANULE_NOBODYS;
	if (was == MSIM_GRANULE_NOBODYS)
		memcgsim_explore_fail(MEMCGSIM_WILD_ACCESS, "memory is given back that nobody has");
	else if (was == MSIM_GRANULE_FREED)
		memcgsim_explore_fail(MEMCGSIM_DOUBLE_FREE, "memory is given back twice");
}

unsigned int msim_run_choose(struct msim_run *run, unsigned int count)
{
	unsigned int value = count > 1 ? run->chooser->choose(run, count) : 0;
	struct msim_step *step = msim_trace_push(run, MSIM_SILENT_CHOICE);

	step->value = value;
	step->enabled = (unsigned short)count;
	run->hash = (run->hash ^ value) * 0x9e3779b97f4a7c15u;
	return value;
}

unsigned int memcgsim_explore_choose(unsigned int count)
{
	if (!msim_searching)
		return 0;
	if (msim_searching->prologue)
		msim_park(msim_searching, &msim_begin_point, NULL, false);
	if (count == 0 || count > UINT16_MAX)
		msim_run_fail(msim_searching, MEMCGSIM_ASSERTION, "a choice of none or too many");
	return msim_run_choose(msim_searching, count);
}

void memcgsim_explore_plain(const volatile void *word, size_t size_bytes, bool write)
{
	if (msim_searching && msim_searching->subject->plain)
		msim_shadow_plain(msim_searching, word, size_bytes, write,
				  __builtin_return_address(0));
}
