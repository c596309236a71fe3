/* SPDX-License-Identifier: MIT */
/*
 * explore/dpor: reduction against brute force, on random small programs. Both must find the same
 * classes of schedules and the same failures; by the rule of 2005 some are lost, which shows that
 * the comparison can see it.
 */
#include "explored.h"

#include "base/rng.h"

#define MAX_OPS	  6
#define MAX_FOUND 200000 /* schedules of one program */

#define MEMBARRIER()                                                                               \
	memcgsim_explore_fence(                                                                    \
		MEMCGSIM_POINT_("membarrier", "", MEMCGSIM_OP_MEMBARRIER, __ATOMIC_SEQ_CST, 0))

enum kind {
	READ,
	WRITE,
	ADD,
	CMPXCHG,
	CHOOSE,
	JUDGE,
	TAKE,
	GIVE,
	TRY,
	READ_BEGIN,
	READ_END,
	GRACE,
	NR_KINDS,
};

/* What one actor does: operations on one of two words, or of two locks. */
struct program {
	unsigned int nr_ops;
	struct {
		enum kind kind;
		unsigned int which;
	} ops[MAX_OPS];
	unsigned int barrier; /* before that operation there is a membarrier */
	bool looks;	      /* at the word of a lock that it has taken */
	bool tries;	      /* some actor tries a lock: then giving one back must be a point */
};

/* What an actor holds while it goes through its program. */
struct holds {
	bool locks[2];
	bool reading;
};

static void on_lock(struct world *world, const struct program *program, struct holds *holds,
		    enum kind kind, unsigned int i)
{
	if (kind == GIVE && holds->locks[i]) {
		if (program->tries)
			UNLOCK(world, i);
		else
			UNLOCK_SILENTLY(world, i);
		holds->locks[i] = false;
	} else if (kind == TRY && !holds->locks[i]) {
		holds->locks[i] = TRYLOCK(world, i);
	} else if (kind == TAKE && !holds->locks[i]) {
		LOCK(world, i); /* in any order: deadlocks are to be found too */
		if (program->looks)
			(void)MEMCGSIM_X_LOAD(&world->locks[i], RELAXED); /* as assertions do */
		holds->locks[i] = true;
	}
}

static void on_rcu(struct holds *holds, enum kind kind)
{
	if (kind == READ_BEGIN && !holds->reading) {
		READ_LOCK();
		holds->reading = true;
	} else if (kind == READ_END && holds->reading) {
		memcgsim_explore_rcu_read_unlock();
		holds->reading = false;
	} else if (kind == GRACE && !holds->reading) {
		SYNCHRONIZE();
	}
}

static const char *on_word(unsigned long *word, enum kind kind, unsigned int number)
{
	unsigned long expected = 0;

	switch (kind) {
	case READ:
		(void)MEMCGSIM_X_LOAD(word, ACQUIRE);
		break;
	case WRITE:
		MEMCGSIM_X_STORE(word, number + 1, RELEASE);
		break;
	case ADD:
		(void)MEMCGSIM_X_ADD(word, 1ul, SEQ_CST);
		break;
	case CMPXCHG:
		(void)MEMCGSIM_X_CMPXCHG(word, &expected, 7ul, SEQ_CST);
		break;
	case CHOOSE:
		if (memcgsim_explore_choose(2))
			MEMCGSIM_X_STORE(word, 9ul, RELEASE);
		break;
	default:
		if (MEMCGSIM_X_LOAD(word, ACQUIRE) > 2)
			return "the word is large";
	}
	return NULL;
}

static const char *run(void *state, const void *arg)
{
	const struct program *program = arg;
	struct world *world = state;
	struct holds holds = { 0 };

	for (unsigned int i = 0; i < program->nr_ops; i++) {
		enum kind kind = program->ops[i].kind;
		unsigned int which = program->ops[i].which;
		const char *wrong = NULL;

		if (i == program->barrier)
			memcgsim_explore_fence(MEMCGSIM_POINT_(
				"membarrier", "", MEMCGSIM_OP_MEMBARRIER, __ATOMIC_SEQ_CST, 0));
		if (kind >= READ_BEGIN)
			on_rcu(&holds, kind);
		else if (kind >= TAKE)
			on_lock(world, program, &holds, kind, which);
		else
			wrong = on_word(&world->words[which], kind, i);
		if (wrong)
			return wrong;
	}
	on_lock(world, program, &holds, GIVE, 0);
	on_lock(world, program, &holds, GIVE, 1);
	on_rcu(&holds, READ_END);
	return NULL;
}

/* Two actors of up to five operations or three of up to three: all, or those on words only. */
static struct memcgsim_subject make(uint64_t seed, struct program *programs)
{
	struct msim_rng rng = { seed };
	unsigned int nr = 2 + msim_rng_below(&rng, 2), most = nr == 2 ? 5 : 3;
	unsigned int nr_kinds = msim_rng_below(&rng, 3) ? NR_KINDS : TAKE;
	struct memcgsim_subject subject = subject_of("program", run, run, nr == 3 ? run : NULL);
	bool tries = false;

	for (unsigned int i = 0; i < nr; i++) {
		programs[i].nr_ops = 1 + msim_rng_below(&rng, most);
		for (unsigned int k = 0; k < programs[i].nr_ops; k++) {
			programs[i].ops[k].kind = (enum kind)msim_rng_below(&rng, nr_kinds);
			programs[i].ops[k].which = msim_rng_below(&rng, 2);
			tries |= programs[i].ops[k].kind == TRY;
		}
		subject.actors[i].arg = &programs[i];
	}
	for (unsigned int i = 0; i < nr; i++)
		programs[i].tries = tries;
	/* In a third of them the last actor is an interrupt; of the first one's CPU, or of nobody's. */
	if (msim_rng_below(&rng, 3) == 0) {
		subject.actors[nr - 1].kind = MEMCGSIM_ACTOR_IRQ;
		subject.actors[nr - 1].cpu = (int)msim_rng_below(&rng, 2);
		subject.actors[1].cpu = nr == 3 ? 1 : subject.actors[1].cpu;
	}
	for (unsigned int i = 0; i < nr; i++) {
		programs[i].looks = msim_rng_below(&rng, 2);
		programs[i].barrier = msim_rng_below(&rng, 4 * MAX_OPS);
	}
	return subject;
}

static struct memcgsim_explore_result classes(const struct memcgsim_subject *subject,
					      enum memcgsim_strategy strategy, bool classic)
{
	struct memcgsim_explore_options options;
	struct memcgsim_explore_result result;

	memcgsim_explore_options_init(&options);
	options.strategy = strategy;
	options.schedules = MAX_FOUND;
	options.keep_going = true;
	options.cross_check = true;
	options.classic_dpor = classic;
	assert_true(memcgsim_explore(subject, &options, &result) >= 0);
	return result;
}

static bool same(const struct memcgsim_explore_result *a, const struct memcgsim_explore_result *b)
{
	return a->classes == b->classes && a->class_hash == b->class_hash &&
	       !a->failures == !b->failures;
}

/* How many of the programs lose a class; brute force that is too long is no comparison. */
static unsigned int lost(uint64_t seed, unsigned int nr, bool classic)
{
	unsigned int nr_lost = 0, compared = 0;

	for (unsigned int i = 0; i < nr; i++) {
		struct program programs[3];
		struct memcgsim_subject subject = make(seed + i, programs);
		struct memcgsim_explore_result all = classes(&subject, MEMCGSIM_DFS, false);
		struct memcgsim_explore_result reduced = classes(&subject, MEMCGSIM_DPOR, classic);

		if (!all.exhausted)
			continue;
		compared++;
		assert_true(reduced.exhausted);
		assert_true(reduced.schedules <= all.schedules);
		if (!same(&all, &reduced)) {
			nr_lost++;
			if (!classic)
				print_error("program %lu: %lu classes of %lu\n",
					    (unsigned long)seed + i, reduced.classes, all.classes);
		}
	}
	assert_true(compared > nr * 9 / 10);
	return nr_lost;
}

/* Models: nothing of the kernel's. Every class of schedules is shown, and nothing besides. */
static void reduction_finds_what_brute_force_finds(void **state)
{
	(void)state;
	assert_int_equal(lost(1, 800, false), 0);
}

/* Models: nothing of the kernel's. The comparison can fail: classic backtracking loses classes. */
static void the_classic_rule_loses_classes(void **state)
{
	(void)state;
	assert_true(lost(1, 800, true) > 0);
}

static const char *adds_to_own(void *state, const void *arg)
{
	struct world *world = state;

	(void)MEMCGSIM_X_ADD(&world->words[(uintptr_t)arg], 1ul, SEQ_CST);
	(void)MEMCGSIM_X_ADD(&world->words[(uintptr_t)arg], 1ul, SEQ_CST);
	return NULL;
}

/* Models: nothing of the kernel's. Steps on different words: one schedule stands for all. */
static void independent_steps_need_one_schedule(void **state)
{
	struct memcgsim_subject subject =
		subject_of("independent", adds_to_own, adds_to_own, adds_to_own);

	(void)state;
	for (uintptr_t i = 0; i < 3; i++)
		subject.actors[i].arg = (const void *)i;
	assert_int_equal(assert_exhausted(&subject).schedules, 1);
	assert_int_equal(explored(&subject, MEMCGSIM_DFS, 0).schedules, 90); /* 6! / 2!^3 */
}

static const char *has_a_membarrier(void *state, const void *arg)
{
	(void)state;
	(void)arg;
	MEMBARRIER();
	return NULL;
}

/*
 * Models: nothing of the kernel's. Whether a plain access races may be a matter of which step it comes
 * before, the membarrier or its own actor's next.
 */
static void membarriers_depend_on_all(void **state)
{
	struct memcgsim_subject subject =
		subject_of("membarrier", adds_to_own, has_a_membarrier, NULL);

	(void)state;
	assert_int_equal(assert_exhausted(&subject).schedules, 3);
}

static const char *adds(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	(void)MEMCGSIM_X_ADD(&world->words[0], 1ul, SEQ_CST);
	return NULL;
}

/* Models: nothing of the kernel's. Each order of steps on one word is a class of its own. */
static void dependent_steps_need_all(void **state)
{
	struct memcgsim_subject subject = subject_of("dependent", adds, adds, adds);
	struct memcgsim_explore_result result = assert_exhausted(&subject);

	(void)state;
	assert_int_equal(result.classes, 6);
	assert_int_equal(result.schedules - result.pruned, 6);
}

static const char *adds_twice(void *state, const void *arg)
{
	adds(state, arg);
	return adds(state, arg);
}

/* Models: nothing of the kernel's. With no preemption at all each actor runs to its end. */
static void preemptions_are_bounded(void **state)
{
	struct memcgsim_subject subject = subject_of("bounded", adds_twice, adds_twice, NULL);
	struct memcgsim_explore_options options;
	struct memcgsim_explore_result result;
	static const unsigned long schedules[] = { 2, 4, 6 }; /* of 4! / (2! 2!) */

	(void)state;
	memcgsim_explore_options_init(&options);
	options.strategy = MEMCGSIM_DFS;
	for (int bound = 0; bound < 3; bound++) {
		options.preemptions = bound;
		assert_int_equal(memcgsim_explore(&subject, &options, &result), 0);
		assert_int_equal(result.schedules, schedules[bound]);
		assert_true(result.exhausted);
		assert_int_equal(result.bound, bound < 2 ? bound : -1); /* two leave none out */
	}
	options.strategy = MEMCGSIM_DPOR; /* knows no bound */
	options.preemptions = 0;
	assert_int_equal(memcgsim_explore(&subject, &options, &result), 0);
	assert_true(result.exhausted && result.schedules > 2);
	assert_int_equal(result.bound, -1);
}

#define MANY_STEPS 65535

/* Its last step is the one whose number a short could not tell from 0. */
static const char *stores_often(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	for (unsigned int i = 0; i < MANY_STEPS; i++)
		MEMCGSIM_X_STORE(&world->words[0], 1ul, RELAXED);
	MEMCGSIM_X_STORE(&world->words[1], 1ul, RELAXED);
	return NULL;
}

static const char *is_late(void *state, const void *arg)
{
	struct world *world = state;

	(void)arg;
	return MEMCGSIM_X_LOAD(&world->words[1], RELAXED) ? NULL : "it was not late";
}

/* Models: nothing of the kernel's. Races are seen however many steps there are. */
static void long_schedules_are_reduced_too(void **state)
{
	struct memcgsim_subject subject = subject_of("long", stores_often, is_late, NULL);

	(void)state;
	subject.max_steps = 2ul * MANY_STEPS;
	assert_int_equal(explored(&subject, MEMCGSIM_DPOR, 0).verdict, MEMCGSIM_WRONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reduction_finds_what_brute_force_finds),
		cmocka_unit_test(the_classic_rule_loses_classes),
		cmocka_unit_test(independent_steps_need_one_schedule),
		cmocka_unit_test(membarriers_depend_on_all),
		cmocka_unit_test(dependent_steps_need_all),
		cmocka_unit_test(preemptions_are_bounded),
		cmocka_unit_test(long_schedules_are_reduced_too),
	};

	return cmocka_run_group_tests_name("dpor", tests, NULL, NULL);
}
