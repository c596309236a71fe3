/* SPDX-License-Identifier: MIT */
/*
 * Seed 003: a memcg that lives until its last kernel page, without a reference for each. Before is v3.7,
 * the series without the patch; after is v3.8, with it and corrected. The text as posted is v3.8-posted,
 * and v6.12 is the answer of later kernels: charges are handed to the parent, so nothing has to live.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "cli/experiment.h"

#define BEFORE "v3.7"
#define AFTER  "v3.8"
#define POSTED "v3.8-posted"
#define MODERN "v6.12"

#define ACCOUNT MEMCGSIM_GFP_KERNEL_ACCOUNT

/* ---- machines with a group whose kernel memory is accounted ---- */

static bool is_modern(const char *profile)
{
	return !strcmp(profile, MODERN);
}

/* Kernel memory is accounted from the first limit on; today it always is. */
static void limit_kmem(struct stage *stage, const char *profile, const char *group)
{
	char file[64];

	if (is_modern(profile))
		return;
	snprintf(file, sizeof(file), "%s/memory.kmem.limit_in_bytes", group);
	demand(memcgsim_cgroupfs_write(stage->machine, file, "1G") == 0, "no limit");
}

/* @parent, accounted, and a child in it, where the task is from then on. */
static void settle(struct stage *stage, const char *profile, const char *parent, const char *child)
{
	stage_mkdir(stage, parent);
	limit_kmem(stage, profile, parent);
	stage_mkdir(stage, child);
	demand(memcgsim_cgroup_attach_task(stage->machine, child, stage->task) == 0, "no move");
}

/* The task leaves, and both directories are removed; what that defers is done. */
static void leave(struct stage *stage, const char *parent, const char *child)
{
	demand(memcgsim_cgroup_attach_task(stage->machine, "/", stage->task) == 0, "no move");
	demand(memcgsim_cgroup_rmdir(stage->machine, child) == 0, "no rmdir");
	demand(memcgsim_cgroup_rmdir(stage->machine, parent) == 0, "no rmdir");
	memcgsim_run_work(stage->machine);
}

static struct memcgsim_page *charge(void)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(ACCOUNT, 0);

	demand(page, "an allocation was refused");
	return page;
}

static void uncharge(struct stage *stage, struct memcgsim_page *page)
{
	memcgsim___free_pages(page, 0);
	memcgsim_run_work(stage->machine);
}

/* Memcgs whose directories are gone. */
static unsigned long dead(const struct stage *stage)
{
	return stage_keyed(stage, "cgroup.stat", "nr_dying_subsys_memory");
}

/* ---- references: counted ---- */

#define CHARGES 1000

static unsigned long operations(const struct stage *stage)
{
	return memcgsim_history_count(stage->machine, MEMCGSIM_KMEM_REF_TAKEN) +
	       memcgsim_history_count(stage->machine, MEMCGSIM_KMEM_REF_PUT);
}

/* How often references were taken and put on one profile. */
struct references {
	double each;   /* charge, its uncharge included */
	double begin;  /* a group's accounting, and its child's birth */
	double end;    /* of both, when all is uncharged and removed */
	double percpu; /* those that count on the CPU alone, at each charge and uncharge */
};

static void note_page(const struct memcgsim_reference *reference, void *arg)
{
	unsigned long *pages = arg;

	*pages += reference->kind == MEMCGSIM_REFERENCE_KERNEL_PAGE
			  ? (unsigned long)reference->count
			  : 0;
}

static struct references count_references(const char *profile)
{
	static struct memcgsim_page *pages[CHARGES];
	unsigned long before, held = 0;
	struct references found;
	struct stage stage;

	stage_set(&stage, profile, "");
	settle(&stage, profile, "p", "p/c");
	found.begin = (double)operations(&stage);
	before = operations(&stage);
	for (unsigned int i = 0; i < CHARGES; i++)
		pages[i] = charge();
	(void)memcgsim_why_alive(stage.machine, "p/c", note_page, &held);
	for (unsigned int i = 0; i < CHARGES; i++)
		memcgsim___free_pages(pages[i], 0);
	found.each = (double)(operations(&stage) - before) / CHARGES;
	found.percpu = is_modern(profile) ? 2 * (double)held / CHARGES : 0;
	before = operations(&stage);
	leave(&stage, "p", "p/c");
	found.end = (double)(operations(&stage) - before);
	stage_strike(&stage, NULL);
	return found;
}

static void add_numbers(struct findings *findings, const char *claim, const char *source,
			double before, double after, const char *unit, bool holds)
{
	findings_add(findings, &(struct row){
				       .claim = claim,
				       .source = source,
				       .before = figure_number(before, unit),
				       .after = figure_number(after, unit),
				       .holds = holds,
			       });
}

static int run_references(struct findings *findings)
{
	static const char *const profiles[] = { BEFORE, AFTER, MODERN };
	struct references of[msim_array_size(profiles)];
	struct chart *chart;

	if (!findings_progress(findings, "references"))
		return -EINTR;
	chart = findings_chart(findings,
			       &(struct chart_head){
				       .kind = CHART_BARS,
				       .title = "References taken and put for one kernel page",
				       .x_title = "kernel version",
				       .y_title = "get and put operations",
				       .source = "counted by memcgsim experiment 003, 1000 pages",
			       });
	for (size_t i = 0; i < msim_array_size(profiles); i++) {
		of[i] = count_references(profiles[i]);
		chart_bar(chart, profiles[i], "on the memcg: atomic in that kernel", of[i].each);
		chart_bar(chart, profiles[i], "on the objcg: each CPU its own", of[i].percpu);
	}
	add_numbers(findings,
		    "a charge and its uncharge take and put a reference; with the patch neither",
		    "commit message", of[0].each, of[1].each, "operations",
		    of[0].each == 2 && of[1].each == 0);
	add_numbers(findings,
		    "one is taken when the first limit is set, and one for a child of such a group",
		    "commit message", of[0].begin, of[1].begin, "operations",
		    of[0].begin == 0 && of[1].begin == 2);
	add_numbers(findings, "and they are put once each, with the groups", "commit message",
		    of[0].end, of[1].end, "operations", of[0].end == 0 && of[1].end == 2);
	return 0;
}

/* ---- dead groups: counted ---- */

#define PAGES 8

/* The references that keep "p/c": on the memcg itself, and how many of them a page has. */
struct holders {
	unsigned long memcgs, references, pages, all_pages;
};

static void note_holder(const struct memcgsim_reference *reference, void *arg)
{
	struct holders *holders = arg;

	if (reference->kind == MEMCGSIM_REFERENCE_MEMCG)
		holders->references += (unsigned long)reference->count;
	else if (reference->kind == MEMCGSIM_REFERENCE_KERNEL_PAGE)
		holders->pages += (unsigned long)reference->count;
	else if (reference->kind == MEMCGSIM_REFERENCE_KERNEL_MEMORY)
		holders->all_pages += (unsigned long)reference->count;
}

/* How many of PAGES pages are uncharged before the removed child is freed; and what keeps it. */
static unsigned long life_of(const char *profile, struct holders *ret_holders)
{
	struct memcgsim_page *pages[PAGES];
	unsigned long uncharged = 0;
	struct stage stage;

	*ret_holders = (struct holders){ 0 };
	stage_set(&stage, profile, "");
	settle(&stage, profile, "p", "p/c");
	for (unsigned int i = 0; i < PAGES; i++)
		pages[i] = charge();
	leave(&stage, "p", "p/c");
	demand(memcgsim_drain_all_stock(stage.machine, "/") == 0, "stocks could not be drained");
	memcgsim_synchronize_rcu(stage.machine);
	ret_holders->memcgs = memcgsim_why_alive(stage.machine, "p/c", note_holder, ret_holders);
	for (unsigned int i = 0; i < PAGES; i++) {
		uncharged += memcgsim_why_alive(stage.machine, "p/c", NULL, NULL);
		uncharge(&stage, pages[i]);
	}
	demand(memcgsim_why_alive(stage.machine, "p/c", NULL, NULL) == 0, "a group is not freed");
	stage_strike(&stage, NULL);
	return uncharged;
}

static int run_lives(struct findings *findings)
{
	struct holders before, after, modern;
	unsigned long life_before, life_after, life_modern;

	if (!findings_progress(findings, "lives"))
		return -EINTR;
	life_before = life_of(BEFORE, &before);
	life_after = life_of(AFTER, &after);
	life_modern = life_of(MODERN, &modern);
	add_numbers(findings,
		    "a removed group is there until the last of its 8 kernel pages is uncharged, "
		    "and no longer",
		    "commit message", (double)life_before, (double)life_after, "uncharges",
		    life_before == PAGES && life_after == PAGES);
	findings_add(findings,
		     &(struct row){
			     .claim = "kept by one reference instead of one for each page",
			     .source = "why-alive",
			     .before = figure_words("%lu references: %lu pages", before.references,
						    before.pages),
			     .after = figure_words("%lu reference: all pages", after.references),
			     .holds = before.references == PAGES && before.pages == PAGES &&
				      after.references == 1 && after.all_pages == 1,
		     });
	findings_add(findings, &(struct row){
				       .claim = "today's answer: the pages are the parent's from "
						"then on, and keep no group",
				       .source = AFTER " and " MODERN,
				       .before = figure_number((double)life_after, "uncharges"),
				       .after = figure_number((double)life_modern, "uncharges"),
				       .holds = life_modern == 0 && modern.memcgs == 0,
			       });
	return 0;
}

/* ---- dead groups over time: counted ---- */

#define GROUPS	    40 /* of two memcgs each */
#define EACH	    4  /* pages */
#define KEPT_GROUPS 8  /* so many groups later they are freed */

static void free_group(struct stage *stage, struct memcgsim_page **pages)
{
	for (unsigned int i = 0; i < EACH; i++)
		uncharge(stage, pages[i]);
}

/* Groups come and go, their pages later. How many dead memcgs there are at the end. */
static unsigned long churn(const char *profile, struct chart *chart)
{
	struct memcgsim_page *pages[GROUPS][EACH];
	struct memcgsim_leaks leaks;
	struct stage stage;
	unsigned long left;

	stage_set(&stage, profile, "");
	chart_point(chart, profile, 0, 0);
	for (unsigned int i = 0; i < GROUPS + KEPT_GROUPS; i++) {
		char parent[32], child[48];

		if (i < GROUPS) {
			snprintf(parent, sizeof(parent), "p%u", i);
			snprintf(child, sizeof(child), "%s/c", parent);
			settle(&stage, profile, parent, child);
			for (unsigned int k = 0; k < EACH; k++)
				pages[i][k] = charge();
			leave(&stage, parent, child);
		}
		if (i >= KEPT_GROUPS)
			free_group(&stage, pages[i - KEPT_GROUPS]);
		chart_point(chart, profile, i + 1, (double)dead(&stage));
	}
	demand(memcgsim_drain_all_stock(stage.machine, "/") == 0, "stocks could not be drained");
	memcgsim_synchronize_rcu(stage.machine);
	left = dead(&stage);
	chart_point(chart, profile, GROUPS + KEPT_GROUPS + 1, (double)left);
	stage_strike(&stage, &leaks);
	return left;
}

static int run_churn(struct findings *findings)
{
	struct chart *chart;
	unsigned long before, after, posted;

	if (!findings_progress(findings, "dead groups"))
		return -EINTR;
	chart = findings_chart(
		findings,
		&(struct chart_head){
			.kind = CHART_LINES,
			.title = "Dead memcgs while groups of two come and go",
			.x_title = "groups made and removed; 8 groups later 4 pages are freed",
			.y_title = "memcgs without a directory",
			.source = "counted by memcgsim experiment 003",
		});
	posted = churn(POSTED, chart);
	before = churn(BEFORE, chart);
	after = churn(AFTER, chart);
	(void)churn(MODERN, chart);
	chart_note(chart, GROUPS, "the last group is removed");
	add_numbers(findings,
		    "of 40 removed groups with a removed child nothing is left with their pages",
		    "implied", (double)before, (double)after, "memcgs", before == 0 && after == 0);
	findings_add(findings,
		     &(struct row){
			     .claim = "apparent as posted: each parent that is removed before its "
				      "child's last page is kept for ever",
			     .source = POSTED " and " AFTER,
			     .before = figure_number((double)posted, "memcgs"),
			     .after = figure_number((double)after, "memcgs"),
			     .holds = posted == GROUPS && after == 0,
		     });
	return 0;
}

/* ---- schedules: counted ---- */

#define OWN    "destroy_vs_last_uncharge"
#define PARENT "destroy_parent_vs_last_uncharge"

/* All schedules of a subject, unless @memory, which has no reduction, is another than sc. */
static bool explore_race(struct findings *findings, const char *subject, const char *memory,
			 struct exploration *ret)
{
	const char *all[] = { subject, "--strategy", "dpor", "--schedules", "100000", NULL };
	const char *some[] = { subject, "--memory", memory, "--schedules", "10000", NULL };

	return explore(findings, memory ? some : all, ret);
}

static int add_exhaustive(struct findings *findings, const char *claim, const char *source,
			  const char *before, const char *after)
{
	struct exploration of_before, of_after;

	if (!explore_race(findings, before, NULL, &of_before) ||
	    !explore_race(findings, after, NULL, &of_after))
		return -EINTR;
	findings_add(findings, &(struct row){
				       .claim = claim,
				       .source = source,
				       .before = exploration_figure(&of_before),
				       .after = exploration_figure(&of_after),
				       .holds = !of_before.failed && of_before.exhaustive &&
						!of_after.failed && of_after.exhaustive,
			       });
	return 0;
}

/* What the text as posted does, and what is corrected does not. */
static int add_apparent(struct findings *findings, const char *claim, const char *posted,
			const char *corrected, const char *memory, const char *expected)
{
	struct exploration of_posted, of_corrected;

	if (!explore_race(findings, posted, memory, &of_posted) ||
	    !explore_race(findings, corrected, memory, &of_corrected))
		return -EINTR;
	findings_add(findings,
		     &(struct row){
			     .claim = claim,
			     .source = POSTED " and " AFTER,
			     .before = exploration_figure(&of_posted),
			     .after = exploration_figure(&of_corrected),
			     .holds = of_posted.failed && strstr(of_posted.failure, expected) &&
				      !of_corrected.failed && (memory || of_corrected.exhaustive),
			     .token = of_posted.token,
		     });
	return 0;
}

static int run_schedules(struct findings *findings)
{
	int err;

	err = add_exhaustive(findings,
			     "the last uncharge races with the end of the group: one put, and the "
			     "memcg is freed, in every interleaving",
			     "comment in kmem_cgroup_destroy()", OWN "@" BEFORE, OWN "@" AFTER);
	if (!err)
		err = add_exhaustive(findings,
				     "and so with the end of its parent, which waits for the "
				     "child's page",
				     "implied", PARENT "@" BEFORE, PARENT "@" AFTER);
	if (!err)
		err = add_apparent(
			findings,
			"apparent as posted (B06): the child's last uncharge forgets the "
			"parent that waits for it",
			PARENT "@" POSTED, PARENT "@" AFTER, NULL, "I-FREE-EVENTUAL");
	if (!err)
		err = add_apparent(findings,
				   "apparent as posted: who brings the usage to zero goes on in a "
				   "memcg that nothing keeps",
				   OWN "@" POSTED, OWN "@" AFTER, NULL, "after free");
	if (!err)
		err = add_apparent(findings,
				   "apparent as posted (B05w): with weak memory the usage is read "
				   "before DEAD is seen, and nobody puts",
				   OWN "@" POSTED, OWN "@" AFTER, "ra", "I-FREE-EVENTUAL");
	return err;
}

static int run(struct findings *findings)
{
	int err = run_references(findings);

	if (!err)
		err = run_lives(findings);
	if (!err)
		err = run_churn(findings);
	if (!err)
		err = run_schedules(findings);
	return err;
}

const struct experiment experiment_003 = {
	.seed = "003",
	.title = "kmem charges that outlive the cgroup",
	.before = BEFORE,
	.after = AFTER,
	.run = run,
};
