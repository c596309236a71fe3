/* SPDX-License-Identifier: MIT */
/*
 * Seed 001: charged kernel pages are mapped to userspace. A bpf map's memory is made, mapped, freed and
 * unmapped on both kernels; and the first patch of the series, a race, is explored before it and after it.
 */
#include <errno.h>

#include "cli/experiment.h"
#include "cli/mapping.h"

enum event { MADE, MAPPED, FREED, UNMAPPED, NR_EVENTS };

/* What one kernel did. */
struct side {
	bool typed, page_mapped;
	unsigned int typed_mapped;
	unsigned long plain_mapped; /* pages of a map that nobody pays for */
	unsigned long charged[NR_EVENTS], mapped[NR_EVENTS]; /* pages, after each event */
	bool same_payer;
	unsigned long bugs; /* assertions, where a slab is asked what only a page can answer */
};

static bool expect_bug(const struct memcgsim_bug *bug, void *arg)
{
	(void)bug;
	++*(unsigned long *)arg;
	return true;
}

static unsigned long charged_pages(const struct stage *stage)
{
	demand(memcgsim_drain_all_stock(stage->machine, "/") == 0, "the root was not found");
	return stage_number(stage, "a/memory.current") / MEMCGSIM_PAGE_SIZE;
}

static unsigned long mapped_pages(struct memcgsim_page *const *ptes)
{
	unsigned long count = 0;

	for (unsigned int i = 0; i < MAPPING_PAGES; i++)
		count += ptes[i] && memcgsim_page_mapcount(ptes[i]) == 1;
	return count;
}

/* The life of a bpf map that userspace maps, if it may, and keeps mapped when the map goes. */
static void live(const struct stage *stage, struct side *side)
{
	struct memcgsim_page *ptes[MAPPING_PAGES] = { 0 };
	void *area = mapping_area(true);
	unsigned long word;

	for (unsigned int event = MADE; event < NR_EVENTS; event++) {
		if (event == MAPPED) {
			word = memcgsim_page_memcg_data(
				memcgsim_vmalloc_to_page(stage->machine, area));
			(void)!memcgsim_remap_vmalloc_range(ptes, MAPPING_PAGES, area, 0);
			side->same_payer =
				word == memcgsim_page_memcg_data(
						memcgsim_vmalloc_to_page(stage->machine, area));
		} else if (event == FREED) {
			memcgsim_vfree(area);
		} else if (event == UNMAPPED) {
			memcgsim_zap_page_range(ptes, MAPPING_PAGES);
		}
		side->charged[event] = charged_pages(stage);
		side->mapped[event] = mapped_pages(ptes);
	}
}

static void work(const char *profile, struct side *side)
{
	struct memcgsim_page *page;
	struct stage stage;
	void *plain, *object;

	stage_set(&stage, profile, "a");
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	demand(page, "no page");
	side->typed = memcgsim_page_has_type(page);
	side->page_mapped = mapping_of_page(page);
	memcgsim___free_pages(page, 0);
	side->typed_mapped = mapping_of_typed_pages();
	plain = mapping_area(false);
	side->plain_mapped = mapping_of_area(plain);
	memcgsim_vfree(plain);
	live(&stage, side);
	object = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	demand(object, "no object");
	memcgsim_set_bug_handler(stage.machine, expect_bug, &side->bugs);
	(void)memcgsim_PageMemcgKmem(memcgsim_virt_to_head_page(stage.machine, object));
	memcgsim_set_bug_handler(stage.machine, NULL, NULL);
	memcgsim_kfree(object);
	stage_strike(&stage, NULL);
}

static void add_single(struct findings *findings, const struct side *before,
		       const struct side *after)
{
	findings_add(findings,
		     &(struct row){
			     .claim = "a charged kernel page can't be mapped to "
				      "userspace; now it can",
			     .source = "cover letter",
			     .before = figure_words(before->page_mapped ? "mapped" : "refused"),
			     .after = figure_words(after->page_mapped ? "mapped" : "refused"),
			     .holds = !before->page_mapped && after->page_mapped,
		     });
	findings_add(findings,
		     &(struct row){
			     .claim = "the reason: the flag is a page type",
			     .source = "cover letter",
			     .before = figure_words(before->typed ? "has a type" : "no type"),
			     .after = figure_words(after->typed ? "has a type" : "no type"),
			     .holds = before->typed && !after->typed,
		     });
	findings_add(findings, &(struct row){
				       .claim = "pages with a type set can't be mapped, as ever",
				       .source = "cover letter",
				       .before = figure_number(before->typed_mapped, "mapped"),
				       .after = figure_number(after->typed_mapped, "mapped"),
				       .holds = before->typed_mapped + after->typed_mapped == 0,
			       });
}

/* Of a bpf map's pages, those that are mapped and paid for at once. */
static unsigned long both(const struct side *side)
{
	return side->charged[MAPPED] < side->mapped[MAPPED] ? side->charged[MAPPED]
							    : side->mapped[MAPPED];
}

static void add_map(struct findings *findings, const struct side *before, const struct side *after)
{
	findings_add(findings, &(struct row){
				       .claim = "bpf maps that are mapped can't be accounted; now "
						"they can",
				       .source = "cover letter",
				       .before = figure_number((double)both(before), "pages"),
				       .after = figure_number((double)both(after), "pages"),
				       .holds = both(before) == 0 && both(after) == MAPPING_PAGES,
			       });
	findings_add(findings,
		     &(struct row){
			     .claim = "it was the account that kept them from being mapped",
			     .source = "cover letter",
			     .before = figure_number((double)before->plain_mapped, "pages"),
			     .after = figure_number((double)after->plain_mapped, "pages"),
			     .holds = before->plain_mapped == MAPPING_PAGES &&
				      after->plain_mapped == MAPPING_PAGES,
		     });
	findings_add(findings,
		     &(struct row){
			     .claim = "mapping has nothing to do with who pays",
			     .source = "cover letter",
			     .before = figure_number((double)before->charged[MAPPED], "charged"),
			     .after = figure_number((double)after->charged[MAPPED], "charged"),
			     .holds = before->same_payer && after->same_payer &&
				      before->charged[MAPPED] == MAPPING_PAGES &&
				      after->charged[MAPPED] == MAPPING_PAGES,
		     });
	findings_add(findings,
		     &(struct row){
			     .claim = "a page is uncharged on release: when its last mapping goes",
			     .source = "cover letter",
			     .before = figure_words("%lu, then %lu", before->charged[FREED],
						    before->charged[UNMAPPED]),
			     .after = figure_words("%lu, then %lu", after->charged[FREED],
						   after->charged[UNMAPPED]),
			     .holds = before->charged[FREED] == 0 &&
				      after->charged[FREED] == MAPPING_PAGES &&
				      after->charged[UNMAPPED] == 0,
		     });
	findings_add(
		findings,
		&(struct row){
			.claim = "checks are added: a slab is asked whether it is kernel memory",
			.source = "cover letter; diff",
			.before = figure_number((double)before->bugs, "assertions"),
			.after = figure_number((double)after->bugs, "assertions"),
			.holds = before->bugs == 0 && after->bugs == 1,
		});
}

/* Whether it ran to its end. */
static bool add_race(struct findings *findings)
{
	struct exploration before, after;

	if (!explore(findings,
		     (const char *[]){ "memcg_from_obj_vs_vector_install@" MAPPING_BEFORE, NULL },
		     &before) ||
	    !explore(findings,
		     (const char *[]){ "memcg_from_obj_vs_vector_install@" MAPPING_AFTER,
				       "--strategy", "dpor", NULL },
		     &after))
		return false;
	findings_add(findings, &(struct row){
				       .claim = "mem_cgroup_from_obj() races with the slab's "
						"vector; fixed",
				       .source = "patch 1 of the series",
				       .before = exploration_figure(&before),
				       .after = exploration_figure(&after),
				       .holds = before.failed && !after.failed && after.exhaustive,
				       .token = before.token,
			       });
	return true;
}

static void draw_life(struct findings *findings, const char *title, const struct side *side)
{
	static const char *const events[NR_EVENTS] = { "made", "mmap()", "map freed", "munmap()" };
	/* The first that is noted stands highest: those below the lines come last. */
	static const enum event noted[NR_EVENTS] = { MADE, UNMAPPED, MAPPED, FREED };
	struct chart *chart;

	chart = findings_chart(findings, &(struct chart_head){
						 .kind = CHART_LINES,
						 .title = title,
						 .x_title = "what happens to it",
						 .y_title = "pages",
						 .source = "a map of 64 pages; memory.current "
							   "and mapcounts",
					 });
	chart_point(chart, "charged", 0, 0);
	chart_point(chart, "mapped", 0, 0);
	for (unsigned int event = MADE; event < NR_EVENTS; event++) {
		chart_point(chart, "charged", event + 1, (double)side->charged[event]);
		chart_point(chart, "mapped", event + 1, (double)side->mapped[event]);
	}
	for (unsigned int i = 0; i < NR_EVENTS; i++)
		chart_note(chart, noted[i] + 1, events[noted[i]]);
	chart_point(chart, "charged", NR_EVENTS + 1, (double)side->charged[UNMAPPED]);
	chart_point(chart, "mapped", NR_EVENTS + 1, (double)side->mapped[UNMAPPED]);
}

static int run(struct findings *findings)
{
	struct side before = { 0 }, after = { 0 };

	if (!findings_progress(findings, "a bpf map, charged and mapped"))
		return -EINTR;
	work(MAPPING_BEFORE, &before);
	work(MAPPING_AFTER, &after);
	add_single(findings, &before, &after);
	add_map(findings, &before, &after);
	draw_life(findings, MAPPING_BEFORE ": a charged bpf map is not mapped", &before);
	draw_life(findings, MAPPING_AFTER ": charged and mapped; what is mapped outlives the map",
		  &after);
	return add_race(findings) ? 0 : -EINTR;
}

const struct experiment experiment_001 = {
	.seed = "001",
	.title = "accounted kernel pages are mapped to userspace",
	.before = MAPPING_BEFORE,
	.after = MAPPING_AFTER,
	.run = run,
};
