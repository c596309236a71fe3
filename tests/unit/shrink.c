/* SPDX-License-Identifier: MIT */
/*
 * explore/shrink: a schedule with many preemptions, and the same failure with the few that it takes.
 */
#include "explored.h"

#include "explore/pick.h"
#include "explore/run.h"
#include "explore/shrink.h"

#define ROUNDS 4

/* Two who add by a load and a store, several times, and do something of their own in between. */
struct counter {
	unsigned long count;
	unsigned long own[2];
};

static const int first = 0, second = 1;

static const char *count_up(void *arg, const void *which)
{
	struct counter *counter = arg;

	for (int i = 0; i < ROUNDS; i++) {
		unsigned long was = MEMCGSIM_X_LOAD(&counter->count, RELAXED);

		MEMCGSIM_X_STORE(&counter->own[*(const int *)which], was, RELAXED);
		MEMCGSIM_X_STORE(&counter->count, was + 1, RELAXED);
	}
	return NULL;
}

static const char *all_counted(void *arg, const void *unused)
{
	const struct counter *counter = arg;

	(void)unused;
	return counter->count == 2 * ROUNDS ? NULL : "an update was lost";
}

static const struct memcgsim_subject lossy = {
	.name = "lossy",
	.state_bytes = sizeof(struct counter),
	.finally = all_counted,
	.actors = { { .name = "first", .body = count_up, .arg = &first },
		    { .name = "second", .body = count_up, .arg = &second } },
};

/* Wrong if the second runs between two steps of the first, and a number is chosen twice. */
static const char *choose_then_look(void *arg, const void *unused)
{
	struct counter *counter = arg;
	unsigned int chosen = memcgsim_explore_choose(5);
	unsigned long was = MEMCGSIM_X_LOAD(&counter->count, RELAXED);

	(void)unused;
	MEMCGSIM_X_STORE(&counter->own[0], chosen, RELAXED);
	if (chosen == 3 && MEMCGSIM_X_LOAD(&counter->count, RELAXED) != was)
		return "it was changed in between";
	return NULL;
}

static const struct memcgsim_subject choosing = {
	.name = "choosing",
	.state_bytes = sizeof(struct counter),
	.actors = { { .name = "first", .body = choose_then_look },
		    { .name = "second", .body = count_up, .arg = &second } },
};

/* Wrong in one way if the second runs in between, and in another if it does not. */
static const char *look_twice(void *arg, const void *unused)
{
	struct counter *counter = arg;
	unsigned long was = MEMCGSIM_X_LOAD(&counter->count, RELAXED);

	(void)unused;
	return MEMCGSIM_X_LOAD(&counter->count, RELAXED) != was ? "changed in between"
								: "not changed in between";
}

static const struct memcgsim_subject two_faced = {
	.name = "two_faced",
	.state_bytes = sizeof(struct counter),
	.actors = { { .name = "first", .body = look_twice },
		    { .name = "second", .body = count_up, .arg = &second } },
};

/* Wrong if the last is through before the first begins. A helper may take a part off it. */
struct errand {
	unsigned char called;
	unsigned long helped, begun, own;
	bool alone;
};

static const struct memcgsim_point wait_point = {
	.file = __FILE__,
	.line = __LINE__,
	.name = "wait",
	.text = "errand->called",
	.op = MEMCGSIM_OP_WAIT,
	.size_bytes = 1,
};

static const char *begin(void *arg, const void *unused)
{
	struct errand *errand = arg;

	(void)unused;
	MEMCGSIM_X_STORE(&errand->begun, 1, RELAXED);
	return NULL;
}

static const char *help(void *arg, const void *unused)
{
	struct errand *errand = arg;

	(void)unused;
	memcgsim_explore_wait(&wait_point, &errand->called);
	MEMCGSIM_X_STORE(&errand->helped, 1, RELAXED);
	return NULL;
}

static const char *call_and_run(void *arg, const void *unused)
{
	struct errand *errand = arg;

	(void)unused;
	MEMCGSIM_X_STORE(&errand->called, 1, RELAXED);
	if (!MEMCGSIM_X_LOAD(&errand->helped, RELAXED)) {
		for (int i = 0; i < ROUNDS; i++)
			MEMCGSIM_X_ADD(&errand->own, 1, RELAXED);
	}
	errand->alone = !MEMCGSIM_X_LOAD(&errand->begun, RELAXED);
	return NULL;
}

static const char *never_alone(void *arg, const void *unused)
{
	const struct errand *errand = arg;

	(void)unused;
	return errand->alone ? "nobody had begun" : NULL;
}

static const struct memcgsim_subject errand = {
	.name = "errand",
	.state_bytes = sizeof(struct errand),
	.finally = never_alone,
	.actors = { { .name = "first", .body = begin },
		    { .name = "helper", .body = help },
		    { .name = "last", .body = call_and_run } },
};

/* Runs random schedules until one fails with at least so many preemptions; the seed of it. */
static uint64_t fail_with(struct msim_run *run, struct msim_pick *pick, unsigned int preemptions)
{
	run->chooser = &msim_pick_random;
	run->chooser_data = pick;
	for (; pick->seed < 10000; pick->seed++) {
		msim_run_schedule(run);
		if (run->verdict && msim_preemptions(run) >= preemptions)
			return pick->seed;
	}
	fail_msg("no schedule failed with %u preemptions", preemptions);
	return 0;
}

/* Shrinks a failure, and replays what is left of it. Returns its preemptions. */
static unsigned int shrink_and_replay(struct msim_run *run)
{
	enum memcgsim_verdict verdict = run->verdict;
	struct msim_schedule schedule;
	unsigned int preemptions;

	assert_int_equal(msim_shrink(run, &schedule), 0);
	assert_int_equal(run->verdict, verdict);
	preemptions = msim_preemptions(run);
	run->chooser = &msim_pick_given;
	run->chooser_data = &schedule;
	msim_run_schedule(run);
	assert_int_equal(run->verdict, verdict);
	assert_int_equal(msim_preemptions(run), preemptions);
	assert_false(schedule.strayed);
	msim_schedule_free(&schedule);
	return preemptions;
}

/* Models: nothing of the kernel's. One preemption loses an update: so one is left of many. */
static void as_few_preemptions_are_left_as_it_takes(void **state)
{
	static struct msim_run run;
	struct msim_pick pick = { 0 };

	(void)state;
	assert_int_equal(msim_run_open(&run, &lossy, NULL), 0);
	fail_with(&run, &pick, 6);
	assert_int_equal(shrink_and_replay(&run), 1);
	msim_run_close(&run);
}

/* Models: nothing of the kernel's. What was chosen belongs to the schedule. */
static void choices_are_kept(void **state)
{
	static struct msim_run run;
	struct msim_pick pick = { 0 };

	(void)state;
	assert_int_equal(msim_run_open(&run, &choosing, NULL), 0);
	fail_with(&run, &pick, 2);
	assert_int_equal(shrink_and_replay(&run), 1);
	msim_run_close(&run);
}

/* Models: nothing of the kernel's. Another failure is another bug, however simple. */
static void the_failure_stays_the_same(void **state)
{
	static struct msim_run run;
	struct msim_pick pick = { 0 };

	(void)state;
	assert_int_equal(msim_run_open(&run, &two_faced, NULL), 0);
	do {
		fail_with(&run, &pick, 1);
	} while (strcmp(run.failure, "changed in between") && ++pick.seed);
	assert_int_equal(shrink_and_replay(&run), 1);
	assert_string_equal(run.failure, "changed in between");
	msim_run_close(&run);
}

/*
 * Models: nothing of the kernel's. Without the helper's piece the last one has more to do than its
 * own pieces say: only if it goes on as long as it can is nobody preempted.
 */
static void a_piece_goes_on_as_long_as_it_can(void **state)
{
	static struct msim_run run;
	struct msim_turn turns[] = { { 0, 2 }, { 1, 1 }, { 2, 1 }, { 3, 2 } };
	struct msim_schedule helped = { .turns = turns, .nr_turns = msim_array_size(turns) };

	(void)state;
	assert_int_equal(msim_run_open(&run, &errand, NULL), 0);
	run.chooser = &msim_pick_given;
	run.chooser_data = &helped;
	msim_run_schedule(&run);
	assert_int_equal(run.verdict, MEMCGSIM_WRONG);
	assert_int_equal(msim_preemptions(&run), 1);
	assert_int_equal(shrink_and_replay(&run), 0);
	msim_run_close(&run);
}

/* Models: nothing of the kernel's. Nothing is left to shrink, and nothing breaks. */
static void a_failure_without_preemptions_stays(void **state)
{
	static struct msim_run run;
	struct memcgsim_subject always = lossy;
	struct msim_schedule none = { 0 };

	(void)state;
	always.actors[1].name = NULL; /* alone it counts half */
	assert_int_equal(msim_run_open(&run, &always, NULL), 0);
	run.chooser = &msim_pick_given;
	run.chooser_data = &none;
	msim_run_schedule(&run);
	assert_int_equal(run.verdict, MEMCGSIM_WRONG);
	assert_int_equal(shrink_and_replay(&run), 0);
	msim_run_close(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_few_preemptions_are_left_as_it_takes),
		cmocka_unit_test(choices_are_kept),
		cmocka_unit_test(the_failure_stays_the_same),
		cmocka_unit_test(a_piece_goes_on_as_long_as_it_can),
		cmocka_unit_test(a_failure_without_preemptions_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
