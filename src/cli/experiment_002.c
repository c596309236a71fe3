/* SPDX-License-Identifier: MIT */
/*
 * Seed 002: task->objcg, so that a charge need not look up who pays. Before is v6.6, which looks
 * through the memcg each time; after is v6.12. What appears to be wrong in the second version of the
 * patch is shown on v6.7-posted, which has its text, and on v6.7-reviewed, which differs from that in
 * the one line that the review corrected.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/compiler.h"
#include "cli/experiment.h"

#define BEFORE	 "v6.6"
#define AFTER	 "v6.12"
#define POSTED	 "v6.7-posted"
#define REVIEWED "v6.7-reviewed"

#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

/* ---- what it takes: measured ---- */

#define OBJECT_BYTES  64
#define SLICES	      101
#define SLICE_OBJECTS 20000

enum cgroup { USER, ROOT, NR_CGROUPS };
enum variant { ORIGINAL, PATCHED, OFF, NR_VARIANTS };
enum work { KMALLOC, WITH_KFREE, NR_WORKS };

static const char *const cgroup_names[NR_CGROUPS] = { "user cgroup", "root cgroup" };
static const char *const variant_names[NR_VARIANTS] = {
	"original",
	"patched",
	"accounting off",
};

/* Microseconds for a million, as the series reported them; and what of the original's it claimed. */
static const double reported[NR_CGROUPS][NR_VARIANTS] = {
	[USER] = { 84548, 59078, 29764 },
	[ROOT] = { 48342, 31501, 29742 },
};
static const double claimed[NR_CGROUPS] = { 0.700, 0.652 };

/* One that is measured: a machine of its own, left while others are at work. */
struct contender {
	struct stage stage;
	memcgsim_gfp_t gfp;
	double us_per_million[NR_WORKS][SLICES];
};

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void set_up(struct contender *contender, enum cgroup cgroup, enum variant variant)
{
	stage_set(&contender->stage, variant == ORIGINAL ? BEFORE : AFTER,
		  cgroup == USER ? "a" : "");
	if (cgroup == ROOT) /* nothing is accounted before there is another than the root */
		stage_mkdir(&contender->stage, "a");
	contender->gfp = variant == OFF ? MEMCGSIM_GFP_KERNEL : ACCOUNT;
	demand(memcgsim_thread_unbind() == 0, "the thread could not be unbound");
}

static void come_back(const struct contender *contender)
{
	demand(memcgsim_thread_bind(contender->stage.machine, 0, contender->stage.task) == 0,
	       "the thread could not be bound");
}

static void measure(struct contender *contender, unsigned int slice)
{
	static void *objects[SLICE_OBJECTS];
	double begin_us, allocated_us;

	come_back(contender);
	begin_us = now_us();
	for (unsigned int i = 0; i < SLICE_OBJECTS; i++)
		objects[i] = memcgsim_kmalloc(OBJECT_BYTES, contender->gfp);
	allocated_us = now_us();
	for (unsigned int i = 0; i < SLICE_OBJECTS; i++)
		memcgsim_kfree(objects[i]);
	contender->us_per_million[KMALLOC][slice] =
		(allocated_us - begin_us) * (1e6 / SLICE_OBJECTS);
	contender->us_per_million[WITH_KFREE][slice] =
		(now_us() - begin_us) * (1e6 / SLICE_OBJECTS);
	demand(memcgsim_thread_unbind() == 0, "the thread could not be unbound");
}

static int by_size(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double median_of(double us[SLICES])
{
	qsort(us, SLICES, sizeof(us[0]), by_size);
	return us[SLICES / 2];
}

/* All of them in turns, so that whatever else the host does is everybody's. */
static int measure_all(struct findings *findings, struct contender contenders[][NR_VARIANTS])
{
	for (unsigned int slice = 0; slice < SLICES; slice++) {
		if (!findings_progress(findings, "kmallocs, slice %u of %d", slice + 1, SLICES))
			return -EINTR;
		for (int i = 0; i < NR_CGROUPS * NR_VARIANTS; i++)
			measure(&contenders[i / NR_VARIANTS][i % NR_VARIANTS], slice);
	}
	return 0;
}

static void add_time(struct findings *findings, const char *claim, const char *source,
		     const double us[NR_VARIANTS], double at_most)
{
	findings_add(findings, &(struct row){
				       .claim = claim,
				       .source = source,
				       .before = figure_number(us[ORIGINAL], "µs"),
				       .after = figure_number(us[PATCHED], "µs"),
				       .measured = true,
				       .holds = us[PATCHED] <= at_most * us[ORIGINAL],
			       });
}

static void draw_reported(struct findings *findings)
{
	struct chart *chart = findings_chart(
		findings, &(struct chart_head){
				  .kind = CHART_BARS,
				  .title = "A million kmallocs, as reported of Linux",
				  .x_title = "whose task allocates",
				  .y_title = "µs for a million kmalloc(64)",
				  .source = "the patch's series, October 2023",
			  });

	for (int i = 0; i < NR_CGROUPS * NR_VARIANTS; i++)
		chart_bar(chart, cgroup_names[i / NR_VARIANTS], variant_names[i % NR_VARIANTS],
			  reported[i / NR_VARIANTS][i % NR_VARIANTS]);
}

static void tell_times(struct findings *findings, struct contender contenders[][NR_VARIANTS])
{
	static const char *const claims[NR_WORKS][NR_CGROUPS] = {
		{ "a million accounted kmallocs of 64 bytes take 30.0 % less in a user cgroup",
		  "and 34.8 % less in the root cgroup, where nobody pays" },
		{ "with their kfrees, which the patch leaves alone, still less in a user cgroup",
		  "and less in the root cgroup" },
	};
	static const char *const sources[NR_WORKS] = { "figures of the patch's series", "implied" };
	struct chart *chart = findings_chart(
		findings, &(struct chart_head){
				  .kind = CHART_BARS,
				  .title = "A million kmallocs in the simulator",
				  .x_title = "whose task allocates",
				  .y_title = "µs for a million kmalloc(64)",
				  .source = "memcgsim experiment 002, " BEFORE " and " AFTER
					    ": medians of 101 slices in turns",
				  .measured = true,
			  });

	for (int i = 0; i < NR_WORKS * NR_CGROUPS; i++) {
		int work = i / NR_CGROUPS, cgroup = i % NR_CGROUPS;
		double us[NR_VARIANTS];

		for (int v = 0; v < NR_VARIANTS; v++) {
			us[v] = median_of(contenders[cgroup][v].us_per_million[work]);
			if (work == KMALLOC)
				chart_bar(chart, cgroup_names[cgroup], variant_names[v], us[v]);
		}
		add_time(findings, claims[work][cgroup], sources[work], us,
			 work == KMALLOC ? claimed[cgroup] : 1);
	}
}

static int run_benchmark(struct findings *findings)
{
	static struct contender contenders[NR_CGROUPS][NR_VARIANTS];
	int err;

	for (int i = 0; i < NR_CGROUPS * NR_VARIANTS; i++)
		set_up(&contenders[i / NR_VARIANTS][i % NR_VARIANTS],
		       (enum cgroup)(i / NR_VARIANTS), (enum variant)(i % NR_VARIANTS));
	err = measure_all(findings, contenders);
	if (!err) {
		tell_times(findings, contenders);
		draw_reported(findings);
	}
	for (int i = 0; i < NR_CGROUPS * NR_VARIANTS; i++) {
		struct contender *contender = &contenders[i / NR_VARIANTS][i % NR_VARIANTS];

		come_back(contender);
		stage_strike(&contender->stage, NULL);
	}
	return err;
}

/* ---- how often it looks: counted ---- */

#define CHARGES	    1000
#define MOVES_EVERY 250

/* How often the machine's CPU has looked up who pays, as far as its ring remembers. */
static unsigned long count_lookups(const struct stage *stage)
{
	static struct memcgsim_event events[4 * CHARGES];
	size_t nr = memcgsim_trace_read(stage->machine, 0, events, msim_array_size(events));
	unsigned long lookups = 0;

	for (size_t i = 0; i < nr; i++)
		lookups += events[i].kind == MEMCGSIM_EV_OBJCG_UPDATE;
	return lookups;
}

static void allocate_and_free(void)
{
	void *object = memcgsim_kmalloc(OBJECT_BYTES, ACCOUNT);

	demand(object, "an allocation was refused");
	memcgsim_kfree(object);
}

/* A thousand charges, of a task that is moved now and then if @moves; drawn into @chart. */
static unsigned long lookups_of(const char *profile, const char *path, bool moves,
				struct chart *chart, const char *series)
{
	static const char *const way[] = { "b", "a" };
	struct memcgsim_config config;
	struct stage stage;
	unsigned long lookups;

	memcgsim_config_init(&config);
	config.profile = profile;
	config.trace_events = 4 * CHARGES;
	stage_set_config(&stage, &config, path);
	stage_mkdir(&stage, "b");
	for (unsigned int i = 0; i < CHARGES; i++) {
		if (moves && i && i % MOVES_EVERY == 0)
			demand(memcgsim_cgroup_attach_task(stage.machine,
							   way[i / MOVES_EVERY % 2 == 0],
							   stage.task) == 0,
			       "the task could not be moved");
		allocate_and_free();
		if (chart && i % 10 == 0)
			chart_point(chart, series, i, (double)count_lookups(&stage));
	}
	lookups = count_lookups(&stage);
	stage_strike(&stage, NULL);
	return lookups;
}

static void add_lookups(struct findings *findings, const char *claim, const char *source,
			const unsigned long before, const unsigned long after,
			unsigned long expected)
{
	findings_add(findings, &(struct row){
				       .claim = claim,
				       .source = source,
				       .before = figure_number((double)before, "lookups"),
				       .after = figure_number((double)after, "lookups"),
				       .holds = before == CHARGES && after == expected,
			       });
}

static int run_lookups(struct findings *findings)
{
	struct chart *chart;
	unsigned long before, after;

	if (!findings_progress(findings, "lookups"))
		return -EINTR;
	add_lookups(findings, "of 1000 charges one looks up who pays: the first", "commit message",
		    lookups_of(BEFORE, "a", false, NULL, NULL),
		    lookups_of(AFTER, "a", false, NULL, NULL), 1);
	add_lookups(findings, "also in the root cgroup, where the answer is nobody",
		    "commit message", lookups_of(BEFORE, "", false, NULL, NULL),
		    lookups_of(AFTER, "", false, NULL, NULL), 1);
	chart = findings_chart(findings, &(struct chart_head){
						 .kind = CHART_LINES,
						 .title = "How often a charge looks up who pays",
						 .x_title = "charges of one task",
						 .y_title = "lookups",
						 .source = "counted by memcgsim experiment 002",
					 });
	before = lookups_of(BEFORE, "a", true, chart, "original");
	after = lookups_of(AFTER, "a", true, chart, "patched");
	for (int i = MOVES_EVERY; i < CHARGES; i += MOVES_EVERY)
		chart_note(chart, i, "the task is moved");
	add_lookups(findings, "and after each migration the next one: three of them", "rule 2",
		    before, after, 1 + CHARGES / MOVES_EVERY - 1);
	return 0;
}

/* ---- who is charged: counted ---- */

#define PAGES 8

static void charge_pages(struct memcgsim_page **pages)
{
	for (unsigned int i = 0; i < PAGES; i++) {
		pages[i] = memcgsim_alloc_pages(ACCOUNT, 0);
		demand(pages[i], "an allocation was refused");
	}
}

static void free_pages(struct memcgsim_page **pages)
{
	for (unsigned int i = 0; i < PAGES; i++)
		memcgsim___free_pages(pages[i], 0);
}

/* Pages that @path is charged for, and no CPU has ahead. */
static double pages_of(const struct stage *stage, const char *path)
{
	char file[64];

	demand(memcgsim_drain_all_stock(stage->machine, "/") == 0, "stocks could not be drained");
	snprintf(file, sizeof(file), "%s/memory.current", path);
	return (double)stage_number(stage, file) / MEMCGSIM_PAGE_SIZE;
}

static void run_as(struct memcgsim_task *task)
{
	demand(memcgsim_switch_to(task) == 0, "the task could not be run");
}

/* What is charged when all is freed, of objects and pages; and what else is left behind. */
static double left_of(const char *profile, bool *ret_clean)
{
	static void *objects[CHARGES];
	struct memcgsim_page *pages[PAGES];
	struct memcgsim_leaks leaks;
	struct stage stage;
	double left;

	stage_set(&stage, profile, "a");
	for (unsigned int i = 0; i < CHARGES; i++) {
		objects[i] = memcgsim_kmalloc(8 + i * 8, ACCOUNT);
		demand(objects[i], "an allocation was refused");
	}
	charge_pages(pages);
	free_pages(pages);
	for (unsigned int i = 0; i < CHARGES; i++)
		memcgsim_kfree(objects[i]);
	left = pages_of(&stage, "a");
	stage_strike(&stage, &leaks);
	*ret_clean =
		!(leaks.pages || leaks.objects || leaks.objcgs || leaks.mem_cgroups || leaks.bugs);
	return left;
}

/* Of eight pages that are allocated in a scope of b, how many b pays for. */
static double remotely_charged(const char *profile)
{
	struct memcgsim_page *pages[PAGES];
	struct memcgsim_mem_cgroup *b;
	struct stage stage;
	double charged;

	stage_set(&stage, profile, "a");
	stage_mkdir(&stage, "b");
	demand(memcgsim_mem_cgroup_from_path(stage.machine, "b", &b) == 0, "no memcg");
	(void)memcgsim_set_active_memcg(b);
	charge_pages(pages);
	(void)memcgsim_set_active_memcg(NULL);
	memcgsim_mem_cgroup_put(b);
	charged = pages_of(&stage, "b");
	free_pages(pages);
	stage_strike(&stage, NULL);
	return charged;
}

/* D1. A task charges in a, another one moves it to b: of its next eight pages, how many b pays for. */
static double charged_where_moved(const char *profile)
{
	struct memcgsim_page *pages[PAGES];
	struct memcgsim_task *moved;
	struct stage stage;
	double charged;

	stage_set(&stage, profile, "");
	stage_mkdir(&stage, "a");
	stage_mkdir(&stage, "b");
	demand(memcgsim_fork(stage.machine, NULL, &moved) == 0, "no task");
	demand(memcgsim_cgroup_attach_task(stage.machine, "a", moved) == 0, "no move");
	run_as(moved);
	allocate_and_free();
	run_as(stage.task);
	demand(memcgsim_cgroup_attach_task(stage.machine, "b", moved) == 0, "no move");
	run_as(moved);
	charge_pages(pages);
	charged = pages_of(&stage, "b");
	free_pages(pages);
	run_as(stage.task);
	demand(memcgsim_do_exit(moved) == 0, "no exit");
	stage_strike(&stage, NULL);
	return charged;
}

/* D3. Of eight pages that a kernel thread in a allocates, how many a pays for. */
static double charged_to_kthread(const char *profile)
{
	struct memcgsim_clone_args args = { .kthread = true };
	struct memcgsim_page *pages[PAGES];
	struct memcgsim_task *kthread;
	struct stage stage;
	double charged;

	stage_set(&stage, profile, "");
	stage_mkdir(&stage, "a");
	demand(memcgsim_kernel_clone(stage.machine, NULL, &args, &kthread) == 0, "no kthread");
	demand(memcgsim_cgroup_attach_task(stage.machine, "a", kthread) == 0, "no move");
	run_as(kthread);
	charge_pages(pages);
	charged = pages_of(&stage, "a");
	free_pages(pages);
	run_as(stage.task);
	demand(memcgsim_do_exit(kthread) == 0, "no exit");
	stage_strike(&stage, NULL);
	return charged;
}

static int run_charges(struct findings *findings)
{
	bool clean[2];
	double before, after;

	if (!findings_progress(findings, "charges"))
		return -EINTR;
	before = left_of(BEFORE, &clean[0]);
	after = left_of(AFTER, &clean[1]);
	findings_add(findings,
		     &(struct row){
			     .claim = "charges balance: with all freed nothing is charged and no "
				      "reference is left",
			     .source = "implied",
			     .before = figure_number(before, "pages"),
			     .after = figure_number(after, "pages"),
			     .holds = before == 0 && after == 0 && clean[0] && clean[1],
		     });
	before = remotely_charged(BEFORE);
	after = remotely_charged(AFTER);
	findings_add(findings,
		     &(struct row){
			     .claim = "remote charging works as before: 8 pages in another's scope",
			     .source = "commit message",
			     .before = figure_number(before, "pages"),
			     .after = figure_number(after, "pages"),
			     .holds = before == PAGES && after == PAGES,
		     });
	return 0;
}

/* ---- what is apparent in the text as posted ---- */

static int run_apparent(struct findings *findings)
{
	double posted = charged_where_moved(POSTED), merged = charged_where_moved(AFTER);

	findings_add(findings,
		     &(struct row){
			     .claim = "apparent as posted: a task that another moves goes on "
				      "charging where it was. Of 8 pages its new cgroup pays for",
			     .source = "D1, " POSTED " and " AFTER,
			     .before = figure_number(posted, "pages"),
			     .after = figure_number(merged, "pages"),
			     .holds = posted == 0 && merged == PAGES,
		     });
	posted = charged_to_kthread(POSTED);
	merged = charged_to_kthread(AFTER);
	findings_add(findings,
		     &(struct row){
			     .claim = "apparent as posted: kernel threads pay. Of 8 pages one in a "
				      "user cgroup is charged for",
			     .source = "D3, " POSTED " and " AFTER,
			     .before = figure_number(posted, "pages"),
			     .after = figure_number(merged, "pages"),
			     .holds = posted == PAGES && merged == 0,
		     });
	return 0;
}

static int add_schedules(struct findings *findings, const char *subject, const char *claim,
			 const char *source)
{
	struct exploration posted, merged;
	char name[128];

	snprintf(name, sizeof(name), "%s@%s", subject, REVIEWED);
	if (!explore(findings, (const char *[]){ name, NULL }, &posted) ||
	    !explore(findings, (const char *[]){ subject, "--schedules", "4000", NULL }, &merged))
		return -EINTR;
	findings_add(findings, &(struct row){
				       .claim = claim,
				       .source = source,
				       .before = exploration_figure(&posted),
				       .after = exploration_figure(&merged),
				       .holds = posted.failed && !merged.failed,
				       .token = posted.token,
			       });
	return 0;
}

static int run_schedules(struct findings *findings)
{
	int err = add_schedules(findings, "alloc_vs_attach",
				"apparent as posted: a lookup that a migration disturbs loses a "
				"reference, for good",
				"D2, " REVIEWED " and " AFTER);

	if (err)
		return err;
	return add_schedules(
		findings, "update_vs_move_to_root",
		"apparent as posted: disturbed by a move to the root, it keeps what it "
		"found first, and charges there",
		"D2, " REVIEWED " and " AFTER);
}

static int run(struct findings *findings)
{
	int err = run_benchmark(findings);

	err = err ? err : run_lookups(findings);
	err = err ? err : run_charges(findings);
	err = err ? err : run_apparent(findings);
	return err ? err : run_schedules(findings);
}

const struct experiment experiment_002 = {
	.seed = "002",
	.title = "a direct objcg pointer in task_struct",
	.before = BEFORE,
	.after = AFTER,
	.run = run,
};
