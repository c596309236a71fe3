/* SPDX-License-Identifier: MIT */
/*
 * Seed 000: that a page is charged as kernel memory was a page type, and becomes a bit of the word that says
 * who pays. Each row does the same work on both kernels.
 */
#include <errno.h>
#include <stdlib.h>

#include "cli/experiment.h"
#include "cli/free_path.h"
#include "cli/mapping.h"

#define GFP_BLOCK (MEMCGSIM_GFP_KERNEL_ACCOUNT | MEMCGSIM___GFP_COMP)
#define NR_PAGES  8

/* What one kernel did. */
struct side {
	unsigned int types, table, guard; /* how many types there are, and two by their bit */
	unsigned int word;		  /* of a charged page: the one that counts mappings */
	bool page_mapped;
	unsigned long area_mapped;
	unsigned int typed_mapped;
	unsigned long tag, returned_tag; /* low bits of memcg_data, and of what is made of it */
	bool found;			 /* ... which is the memcg */
	unsigned long tags;		 /* low bits that any page's word has */
	unsigned long pgpgin, pgpgout;
	unsigned long left_pages, poisoned_left_pages; /* still charged though freed */
	unsigned long stores;			       /* to take the charge off a page */
};

static unsigned long charged_pages(const struct stage *stage)
{
	demand(memcgsim_drain_all_stock(stage->machine, "/") == 0, "the root was not found");
	return stage_number(stage, "a/memory.current") / MEMCGSIM_PAGE_SIZE;
}

static unsigned long tag_of_slab(const struct stage *stage)
{
	void *object = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	unsigned long tag;

	demand(object, "no object");
	tag = memcgsim_page_memcg_data(memcgsim_virt_to_head_page(stage->machine, object)) & 3;
	memcgsim_kfree(object);
	return tag;
}

static void look_at_words(const struct stage *stage, struct side *side)
{
	struct memcgsim_page *charged = memcgsim_alloc_pages(GFP_BLOCK, 0);
	struct memcgsim_page *plain = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	struct memcgsim_mem_cgroup *memcg, *returned;

	demand(charged && plain, "no page");
	demand(memcgsim_mem_cgroup_from_path(stage->machine, "a", &memcg) == 0, "no memcg");
	side->word = memcgsim_page_type(stage->machine, charged);
	side->page_mapped = mapping_of_page(charged);
	side->tag = memcgsim_page_memcg_data(charged) & 3;
	memcgsim_rcu_read_lock();
	returned = memcgsim_page_memcg_rcu(charged);
	memcgsim_rcu_read_unlock();
	side->returned_tag = (unsigned long)returned & 3;
	side->found = returned == memcg;
	memcgsim_mem_cgroup_put(memcg);
	side->tags = side->tag | tag_of_slab(stage);
	memcgsim___SetPageTable(plain);
	side->table = ~memcgsim_page_type(stage->machine, plain);
	memcgsim___ClearPageTable(plain);
	memcgsim___SetPageGuard(plain);
	side->guard = ~memcgsim_page_type(stage->machine, plain);
	memcgsim___ClearPageGuard(plain);
	memcgsim___free_pages(charged, 0);
	memcgsim___free_pages(plain, 0);
}

/* Kernel pages and user pages go by the same way: who tells them apart must do so before it forgets. */
static void put_both_kinds(const struct stage *stage, struct side *side)
{
	struct memcgsim_mem_cgroup *memcg;

	for (unsigned int i = 0; i < NR_PAGES; i++) {
		struct memcgsim_page *kernel = memcgsim_alloc_pages(GFP_BLOCK, 0);
		struct memcgsim_page *user = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

		demand(kernel && user, "no page");
		demand(memcgsim___mem_cgroup_charge(user, MEMCGSIM_GFP_USER) == 0, "no charge");
		memcgsim_folio_put(kernel);
		memcgsim_folio_put(user);
	}
	demand(memcgsim_mem_cgroup_from_path(stage->machine, "a", &memcg) == 0, "no memcg");
	side->pgpgin = memcgsim_memcg_events_local(memcg, MEMCGSIM_PGPGIN);
	side->pgpgout = memcgsim_memcg_events_local(memcg, MEMCGSIM_PGPGOUT);
	memcgsim_mem_cgroup_put(memcg);
	side->left_pages = charged_pages(stage) + stage_keyed(stage, "a/memory.stat", "kernel");
}

static void free_broken_memory(const struct stage *stage, struct side *side)
{
	for (unsigned int i = 0; i < NR_PAGES; i++) {
		struct memcgsim_page *page = memcgsim_alloc_pages(GFP_BLOCK, 0);

		demand(page, "no page");
		memcgsim_set_page_flag(page, MEMCGSIM_PG_HWPOISON);
		memcgsim___free_pages(page, 0);
	}
	side->poisoned_left_pages = charged_pages(stage);
}

/* Whether it ran to its end. */
static bool work(struct findings *findings, const char *profile, struct side *side)
{
	static const char *const off[] = { "store_relaxed(block->", NULL };
	struct stage stage;
	char token[64];
	void *area;

	if (!findings_progress(findings, "pages of %s", profile))
		return false;
	stage_set(&stage, profile, "a");
	side->types = mapping_types(&stage);
	look_at_words(&stage, side);
	side->typed_mapped = mapping_of_typed_pages();
	area = mapping_area(true);
	side->area_mapped = mapping_of_area(area);
	memcgsim_vfree(area);
	put_both_kinds(&stage, side);
	free_broken_memory(&stage, side);
	stage_strike(&stage, NULL);
	snprintf(token, sizeof(token), "map_vs_free@%s:sc:", profile);
	return replay_count(findings, token, off, &side->stores);
}

static struct figure mapped(bool is)
{
	return figure_words(is ? "mapped" : "refused (EINVAL)");
}

static void add_mapping(struct findings *findings, const struct side *before,
			const struct side *after)
{
	findings_add(
		findings,
		&(struct row){
			.claim = "kmemcg is a page type no more, and the types behind it move up",
			.source = "diff of page-flags.h",
			.before = figure_words("%u types: table %#x, guard %#x", before->types,
					       before->table, before->guard),
			.after = figure_words("%u types: table %#x, guard %#x", after->types,
					      after->table, after->guard),
			.holds = before->types == 5 && after->types == 4 &&
				 after->table == before->table / 2 &&
				 after->guard == before->guard / 2,
		});
	findings_add(findings, &(struct row){
				       .claim = "the flag leaves the word that counts mappings",
				       .source = "commit message",
				       .before = figure_words("%#x", before->word),
				       .after = figure_words("%#x", after->word),
				       .holds = before->word == ~0x200u && after->word == ~0u,
			       });
	findings_add(findings, &(struct row){
				       .claim = "an accounted page can't be mapped to userspace; "
						"now it can",
				       .source = "commit message",
				       .before = mapped(before->page_mapped),
				       .after = mapped(after->page_mapped),
				       .holds = !before->page_mapped && after->page_mapped,
			       });
	findings_add(
		findings,
		&(struct row){
			.claim = "accounted vmalloc memory of a bpf map can be mapped",
			.source = "commit message",
			.before = figure_number((double)before->area_mapped, "pages"),
			.after = figure_number((double)after->area_mapped, "pages"),
			.holds = before->area_mapped == 0 && after->area_mapped == MAPPING_PAGES,
		});
	findings_add(findings, &(struct row){
				       .claim = "page tables, guard and offline pages are still "
						"refused",
				       .source = "page_has_type(), unchanged",
				       .before = figure_number(before->typed_mapped, "mapped"),
				       .after = figure_number(after->typed_mapped, "mapped"),
				       .holds = before->typed_mapped + after->typed_mapped == 0,
			       });
}

static struct figure masked(const struct side *side)
{
	return figure_words("tag %lu read, %lu returned", side->tag, side->returned_tag);
}

static void add_word(struct findings *findings, const struct side *before, const struct side *after)
{
	findings_add(findings, &(struct row){
				       .claim = "page_memcg_rcu() masks the tag that is there now",
				       .source = "changelog, v5",
				       .before = masked(before),
				       .after = masked(after),
				       .holds = before->found && after->found && after->tag == 2,
			       });
	findings_add(findings, &(struct row){
				       .claim = "memcg_data is zeroed at once: the flag takes no "
						"store of its own",
				       .source = "commit message",
				       .before = figure_number((double)before->stores, "stores"),
				       .after = figure_number((double)after->stores, "stores"),
				       .holds = before->stores == 2 && after->stores == 1,
			       });
}

static bool told_apart(const struct side *side)
{
	return side->pgpgin == NR_PAGES && side->pgpgout == NR_PAGES && side->left_pages == 0;
}

static void add_uncharge(struct findings *findings, const struct side *before,
			 const struct side *after)
{
	findings_add(findings, &(struct row){
				       .claim = "user pages count as paged out, kernel pages as "
						"kernel memory",
				       .source = "diff of uncharge_page()",
				       .before = figure_words("%lu out, %lu left", before->pgpgout,
							      before->left_pages),
				       .after = figure_words("%lu out, %lu left", after->pgpgout,
							     after->left_pages),
				       .holds = told_apart(before) && told_apart(after),
			       });
	findings_add(findings,
		     &(struct row){
			     .claim = "broken memory is uncharged on its way out, too",
			     .source = "diff of free_pages_prepare()",
			     .before = figure_number((double)before->poisoned_left_pages, "left"),
			     .after = figure_number((double)after->poisoned_left_pages, "left"),
			     .holds = before->poisoned_left_pages + after->poisoned_left_pages == 0,
		     });
	findings_add(findings, &(struct row){
				       .claim = "without CONFIG_MEMCG the check is compiled out",
				       .source = "commit message",
				       .after = figure_words("%d instructions left",
							     FREE_PATH_WORDS_WITHOUT_MEMCG +
								     FREE_PATH_CALLS_WITHOUT_MEMCG),
				       .holds = FREE_PATH_WORDS_WITH_MEMCG > 0 &&
						FREE_PATH_CALLS_WITH_MEMCG > 0 &&
						FREE_PATH_WORDS_WITHOUT_MEMCG == 0 &&
						FREE_PATH_CALLS_WITHOUT_MEMCG == 0,
			       });
}

static void draw(struct findings *findings, const struct side *before, const struct side *after)
{
	struct chart *chart = findings_chart(
		findings,
		&(struct chart_head){
			.kind = CHART_BARS,
			.title = "One type less, one store less, one flag more in the word",
			.x_title = "",
			.y_title = "count",
			.source = "map_vs_free, one page; page_type as each kernel writes it",
		});

	chart_bar(chart, "page types", MAPPING_BEFORE, before->types);
	chart_bar(chart, "page types", MAPPING_AFTER, after->types);
	chart_bar(chart, "stores to uncharge", MAPPING_BEFORE, (double)before->stores);
	chart_bar(chart, "stores to uncharge", MAPPING_AFTER, (double)after->stores);
	chart_bar(chart, "flags in memcg_data", MAPPING_BEFORE, __builtin_popcountl(before->tags));
	chart_bar(chart, "flags in memcg_data", MAPPING_AFTER, __builtin_popcountl(after->tags));
}

static int run(struct findings *findings)
{
	struct side before = { 0 }, after = { 0 };

	if (!work(findings, MAPPING_BEFORE, &before) || !work(findings, MAPPING_AFTER, &after))
		return -EINTR;
	add_mapping(findings, &before, &after);
	add_word(findings, &before, &after);
	add_uncharge(findings, &before, &after);
	draw(findings, &before, &after);
	return 0;
}

const struct experiment experiment_000 = {
	.seed = "000",
	.title = "the kmemcg page type becomes a flag of memcg_data",
	.before = MAPPING_BEFORE,
	.after = MAPPING_AFTER,
	.run = run,
};
