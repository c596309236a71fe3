/* SPDX-License-Identifier: MIT */
/*
 * Seed 004: user pages are uncharged after their final put instead of wherever their kind is still
 * seen. Before is v3.16, where that takes a lock for each page's record; after is v3.17. Both do the
 * same work by the front doors that their kernel has for it.
 */
#include <errno.h>

#include "base/compiler.h"
#include "cli/experiment.h"

#define BEFORE "v3.16"
#define AFTER  "v3.17"
#define PAGES  64 /* each phase is of so many */

static const char *const profiles[2] = { BEFORE, AFTER };

/* What is done to a page; each is counted by itself. */
enum phase { CHARGE, MOVE, MIGRATE, SWAP_OUT, SWAP_IN, FREE, READ, REPLACE, TRUNCATE, NR_PHASES };

static const char *const phase_names[NR_PHASES] = {
	"charge",      "move", "migrate", "swap out", "swap in",
	"unmap, free", "read", "replace", "truncate",
};

/* What was counted of one kernel. */
struct outcome {
	double locks[NR_PHASES]; /* per page */
	unsigned long doors[MEMCGSIM_NR_HISTORY_COUNTS];
	unsigned long peak_pages;     /* beyond what the pages are, while they were migrated */
	unsigned long out, freed, in; /* pages of memory and swap after each */
	unsigned long spliced,
		left;	/* ... when a page was spliced with its charge, and at the end */
	long misplaced; /* pages on another list than their memcg's */
	long violations;
};

/* ---- pages ---- */

struct work {
	struct stage stage;
	struct memcgsim_page *pages[PAGES];
	memcgsim_swp_entry_t slots[PAGES];
	struct memcgsim_mem_cgroup *a, *b;
	unsigned long locks; /* taken until the phase began */
};

static unsigned long count_locks(const struct work *work)
{
	unsigned long sum = 0;

	for (unsigned int i = 0; i <= MEMCGSIM_LOCKED_TO_LOOK; i++)
		sum += memcgsim_history_count(work->stage.machine, (enum memcgsim_history_count)i);
	return sum;
}

static void end_phase(struct work *work, struct outcome *outcome, enum phase phase)
{
	unsigned long locks = count_locks(work);

	outcome->locks[phase] = (double)(locks - work->locks) / PAGES;
	work->locks = locks;
}

static unsigned long pages_of(const struct work *work, const char *file)
{
	return stage_number(&work->stage, file) / MEMCGSIM_PAGE_SIZE;
}

static struct memcgsim_page *new_page(void)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);

	demand(page, "there was no page");
	return page;
}

/* As a page fault leaves it. */
static struct memcgsim_page *fault_in(void)
{
	struct memcgsim_page *page = new_page();

	demand(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER) == 0, "a charge was refused");
	memcgsim_page_add_new_anon_rmap(page);
	memcgsim_folio_add_lru(page);
	return page;
}

/* As reading a file leaves it. */
static struct memcgsim_page *read_in(void)
{
	struct memcgsim_page *page = new_page();

	memcgsim_folio_lock(page);
	demand(memcgsim_add_to_page_cache_locked(page, MEMCGSIM_GFP_USER) == 0,
	       "a charge was refused");
	memcgsim_folio_unlock(page);
	memcgsim_folio_add_lru(page);
	return page;
}

static void truncate_page(struct memcgsim_page *page)
{
	memcgsim_folio_lock(page);
	memcgsim_delete_from_page_cache(page);
	memcgsim_folio_unlock(page);
	memcgsim_folio_put(page);
}

/* Another page in the place of one that is mapped. Returns the new one. */
static struct memcgsim_page *migrate_page(struct memcgsim_page *old)
{
	struct memcgsim_page *fresh = new_page();
	struct memcgsim_mem_cgroup *memcg;
	bool prepared;

	demand(memcgsim_folio_isolate_lru(old), "a page was on no list");
	memcgsim_folio_lock(old);
	memcgsim_folio_lock(fresh);
	prepared = memcgsim_mem_cgroup_prepare_migration(old, fresh, &memcg) == 0;
	memcgsim_folio_remove_rmap_pte(old);
	memcgsim_page_add_new_anon_rmap(fresh);
	if (prepared)
		(void)memcgsim_mem_cgroup_end_migration(memcg, old, fresh, true);
	else
		memcgsim_mem_cgroup_migrate(old, fresh);
	memcgsim_folio_unlock(fresh);
	memcgsim_folio_unlock(old);
	memcgsim_folio_put(old);
	memcgsim_folio_add_lru(fresh);
	return fresh;
}

/* Reclaimed: only the slot is left, to which a page table refers. */
static memcgsim_swp_entry_t swap_out(struct work *work, struct memcgsim_page *page)
{
	memcgsim_swp_entry_t entry;

	demand(memcgsim_folio_isolate_lru(page), "a page was on no list");
	memcgsim_folio_lock(page);
	demand(memcgsim_add_to_swap(page), "there was no slot");
	entry = memcgsim_page_swap_entry(page);
	demand(memcgsim_swap_duplicate(work->stage.machine, entry) == 0, "a slot was lost");
	memcgsim_folio_remove_rmap_pte(page);
	demand(memcgsim_remove_mapping(page) == 1, "a page could not be reclaimed");
	memcgsim_folio_unlock(page);
	memcgsim_folio_put(page);
	return entry;
}

/* Read into the swap cache, charged, mapped; then the slot is given up. */
static struct memcgsim_page *swap_in(struct work *work, memcgsim_swp_entry_t entry)
{
	struct memcgsim *machine = work->stage.machine;
	struct memcgsim_page *page = new_page();

	demand(memcgsim_swapcache_prepare(machine, entry) == 0, "a slot was lost");
	memcgsim_folio_lock(page);
	demand(memcgsim_mem_cgroup_swapin_charge_folio(page, NULL, MEMCGSIM_GFP_USER, entry) == 0,
	       "a charge was refused");
	demand(memcgsim_add_to_swap_cache(page, entry) == 0, "the slot was not the cache's");
	memcgsim_mem_cgroup_swapin_uncharge_swap(machine, entry);
	memcgsim_page_add_new_anon_rmap(page);
	memcgsim_swap_free(machine, entry);
	demand(memcgsim_folio_free_swap(page), "the slot is still in use");
	memcgsim_folio_unlock(page);
	memcgsim_folio_add_lru(page);
	return page;
}

static void replace_page(struct memcgsim_page *old, struct memcgsim_page *fresh)
{
	memcgsim_folio_lock(old);
	memcgsim_folio_lock(fresh);
	memcgsim_replace_page_cache_page(old, fresh);
	memcgsim_folio_unlock(fresh);
	memcgsim_folio_unlock(old);
	memcgsim_folio_put(old);
}

/* ---- what becomes of them ---- */

static void run_anonymous(struct work *work, struct outcome *outcome)
{
	static const char memsw[] = "a/memory.memsw.usage_in_bytes";
	memcgsim_swp_entry_t never_back;
	unsigned long peak;

	for (unsigned int i = 0; i < PAGES; i++)
		work->pages[i] = fault_in();
	end_phase(work, outcome, CHARGE);
	for (unsigned int i = 0; i < PAGES; i++)
		demand(memcgsim_mem_cgroup_move_charge(work->pages[i], work->b) == 0,
		       "a charge could not be moved");
	end_phase(work, outcome, MOVE);
	for (unsigned int i = 0; i < PAGES; i++)
		demand(memcgsim_mem_cgroup_move_charge(work->pages[i], work->a) == 0,
		       "a charge could not be moved back");
	demand(memcgsim_cgroupfs_write(work->stage.machine, "a/memory.max_usage_in_bytes", "0") ==
		       0,
	       "a peak could not be reset");
	peak = pages_of(work, "a/memory.max_usage_in_bytes");
	work->locks = count_locks(work);
	for (unsigned int i = 0; i < PAGES; i++)
		work->pages[i] = migrate_page(work->pages[i]);
	end_phase(work, outcome, MIGRATE);
	outcome->peak_pages = pages_of(work, "a/memory.max_usage_in_bytes") - peak;

	for (unsigned int i = 0; i < PAGES; i++)
		work->slots[i] = swap_out(work, work->pages[i]);
	end_phase(work, outcome, SWAP_OUT);
	never_back = swap_out(work, fault_in());
	outcome->out = pages_of(work, memsw);
	memcgsim_swap_free(work->stage.machine, never_back);
	outcome->freed = pages_of(work, memsw);

	work->locks = count_locks(work);
	for (unsigned int i = 0; i < PAGES; i++)
		work->pages[i] = swap_in(work, work->slots[i]);
	end_phase(work, outcome, SWAP_IN);
	outcome->in = pages_of(work, memsw);
	outcome->violations += memcgsim_check(work->stage.machine, MEMCGSIM_CHECK_Q0, NULL, NULL);

	for (unsigned int i = 0; i < PAGES; i++) {
		memcgsim_folio_remove_rmap_pte(work->pages[i]);
		memcgsim_folio_put(work->pages[i]);
	}
	end_phase(work, outcome, FREE);
}

/* How many pages of files @memcg has on its lists. */
static long listed(struct memcgsim_mem_cgroup *memcg)
{
	return (long)memcgsim_mem_cgroup_get_lru_size(memcg, MEMCGSIM_LRU_INACTIVE_FILE);
}

static void run_files(struct work *work, struct outcome *outcome)
{
	struct memcgsim_page *stolen;

	work->locks = count_locks(work);
	for (unsigned int i = 0; i < PAGES; i++)
		work->pages[i] = read_in();
	end_phase(work, outcome, READ);
	for (unsigned int i = 0; i < PAGES; i++) {
		struct memcgsim_page *fresh = new_page();

		memcgsim_folio_add_lru(fresh);
		replace_page(work->pages[i], fresh);
		work->pages[i] = fresh;
	}
	end_phase(work, outcome, REPLACE);
	outcome->misplaced = PAGES - listed(work->a);

	/* fuse steals a page of b's from another file, and puts it in the place of one of a's. */
	stolen = read_in();
	demand(memcgsim_mem_cgroup_move_charge(stolen, work->b) == 0,
	       "a charge could not be moved");
	memcgsim_folio_lock(stolen);
	memcgsim_delete_from_page_cache(stolen);
	memcgsim_folio_unlock(stolen);
	replace_page(work->pages[0], stolen);
	work->pages[0] = stolen;
	outcome->spliced = pages_of(work, "a/memory.usage_in_bytes") +
			   pages_of(work, "b/memory.usage_in_bytes");
	outcome->misplaced += PAGES - listed(work->a) - listed(work->b);
	outcome->violations += memcgsim_check(work->stage.machine, MEMCGSIM_CHECK_Q0, NULL, NULL);

	work->locks = count_locks(work);
	for (unsigned int i = 0; i < PAGES; i++)
		truncate_page(work->pages[i]);
	end_phase(work, outcome, TRUNCATE);
	outcome->left = pages_of(work, "a/memory.memsw.usage_in_bytes") +
			pages_of(work, "b/memory.memsw.usage_in_bytes");
}

static void work_on(const char *profile, struct outcome *outcome)
{
	struct memcgsim_config config;
	struct work work = { 0 };

	memcgsim_config_init(&config);
	config.profile = profile;
	config.nr_swap_pages = 2 * PAGES;
	stage_set_config(&work.stage, &config, "a");
	stage_mkdir(&work.stage, "b");
	demand(memcgsim_mem_cgroup_from_path(work.stage.machine, "a", &work.a) == 0, "no memcg");
	demand(memcgsim_mem_cgroup_from_path(work.stage.machine, "b", &work.b) == 0, "no memcg");
	run_anonymous(&work, outcome);
	run_files(&work, outcome);
	for (unsigned int i = 0; i < MEMCGSIM_NR_HISTORY_COUNTS; i++)
		outcome->doors[i] =
			memcgsim_history_count(work.stage.machine, (enum memcgsim_history_count)i);
	memcgsim_mem_cgroup_put(work.a);
	memcgsim_mem_cgroup_put(work.b);
	stage_strike(&work.stage, NULL);
}

/* ---- what is told ---- */

static void add_number(struct findings *findings, const char *claim, const char *source,
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

static void tell_locks(struct findings *findings, const struct outcome outcomes[2])
{
	static const char *const claims[NR_PHASES] = {
		[CHARGE] = "charging a page takes no lock of its record",
		[MOVE] = "moving its charge to another memcg takes none",
		[MIGRATE] = "migrating it takes none",
		[SWAP_OUT] = "swapping it out takes none",
		[SWAP_IN] = "swapping it in takes none",
		[FREE] = "unmapping and freeing it takes none",
		[REPLACE] = "putting another page in its place in the page cache takes none",
		[TRUNCATE] = "truncating it takes none",
	};
	struct chart *chart = findings_chart(
		findings, &(struct chart_head){
				  .kind = CHART_BARS,
				  .title = "The very costly page_cgroup lock, per page",
				  .x_title = "what is done to the page",
				  .y_title = "times the lock is taken",
				  .source = "counted by memcgsim experiment 004",
			  });

	for (int phase = 0; phase < NR_PHASES; phase++) {
		double before = outcomes[0].locks[phase], after = outcomes[1].locks[phase];

		chart_bar(chart, phase_names[phase], "until 3.16", before);
		chart_bar(chart, phase_names[phase], "from 3.17", after);
		if (claims[phase])
			add_number(findings, claims[phase],
				   "\"Remove the very costly page_cgroup lock\"", before, after,
				   "locks", before > 0 && after == 0);
	}
}

static unsigned int count_doors(const struct outcome *outcome)
{
	unsigned int doors = 0;

	for (unsigned int i = MEMCGSIM_UNCHARGED_AT_UNMAP; i <= MEMCGSIM_UNCHARGED_AT_FINAL_PUT;
	     i++)
		doors += outcome->doors[i] > 0;
	return doors;
}

static void tell_doors(struct findings *findings, const struct outcome outcomes[2])
{
	static const char *const names[] = {
		[MEMCGSIM_UNCHARGED_AT_UNMAP] = "unmapping",
		[MEMCGSIM_UNCHARGED_AT_UNCACHE] = "page cache",
		[MEMCGSIM_UNCHARGED_AT_SWAP_CACHE] = "swap cache",
		[MEMCGSIM_UNCHARGED_AT_MIGRATION] = "migration",
		[MEMCGSIM_UNCHARGED_AT_REPLACEMENT] = "replacement",
		[MEMCGSIM_UNCHARGED_AT_FINAL_PUT] = "final put",
	};
	struct chart *chart =
		findings_chart(findings, &(struct chart_head){
						 .kind = CHART_BARS,
						 .title = "Where pages are brought to be uncharged",
						 .x_title = "front door",
						 .y_title = "calls, for the same work",
						 .source = "counted by memcgsim experiment 004",
					 });
	unsigned long before = outcomes[0].doors[MEMCGSIM_UNCHARGED_AT_SWAP_CACHE];
	unsigned long after = outcomes[1].doors[MEMCGSIM_UNCHARGED_AT_SWAP_CACHE];

	for (unsigned int i = MEMCGSIM_UNCHARGED_AT_UNMAP; i <= MEMCGSIM_UNCHARGED_AT_FINAL_PUT;
	     i++) {
		chart_bar(chart, names[i], "until 3.16", (double)outcomes[0].doors[i]);
		chart_bar(chart, names[i], "from 3.17", (double)outcomes[1].doors[i]);
	}
	add_number(findings, "pages are uncharged in one place instead of many",
		   "\"called after the final put_page()\"", count_doors(&outcomes[0]),
		   count_doors(&outcomes[1]), "places",
		   count_doors(&outcomes[0]) == 5 && count_doors(&outcomes[1]) == 1);
	add_number(findings,
		   "swap cache truncation, on the way out and on the way in, uncharges nothing",
		   "\"during both swap-in and swap-out, and possibly repeatedly\"", (double)before,
		   (double)after, "calls", before == 2 * PAGES + 1 && after == 0);
}

static void tell_charges(struct findings *findings, const struct outcome o[2])
{
	bool exact = true;

	for (int i = 0; i < 2; i++)
		exact &= o[i].out == PAGES + 1 && o[i].freed == PAGES && o[i].in == PAGES;
	add_number(findings, "a migration charges no page twice: its peak is no higher",
		   "\"prevent double charges\"", (double)o[0].peak_pages, (double)o[1].peak_pages,
		   "pages more", o[0].peak_pages == 0 && o[1].peak_pages == 0);
	findings_add(
		findings,
		&(struct row){
			.claim = "memory and swap is right after swapping out, freeing a slot, "
				 "and swapping in",
			.source = "\"memory and memory+swap are always correctly charged\"",
			.before =
				figure_words("%lu, %lu, %lu pages", o[0].out, o[0].freed, o[0].in),
			.after = figure_words("%lu, %lu, %lu pages", o[1].out, o[1].freed, o[1].in),
			.holds = exact,
		});
	add_number(findings, "a page that fuse splices with its charge is charged once",
		   "\"can already be charged\"", (double)o[0].spliced, (double)o[1].spliced,
		   "pages", o[0].spliced == PAGES && o[1].spliced == PAGES);
	add_number(findings, "each replaced page is on the lists of its memcg",
		   "\"ensure the pages are on the right lruvec\"", (double)o[0].misplaced,
		   (double)o[1].misplaced, "misplaced", o[0].misplaced == 0 && o[1].misplaced == 0);
	add_number(findings, "all is uncharged in the end, and every invariant holds meanwhile",
		   "implied", (double)(o[0].left + (unsigned long)o[0].violations),
		   (double)(o[1].left + (unsigned long)o[1].violations), "wrong",
		   !o[0].left && !o[1].left && !o[0].violations && !o[1].violations);
}

/* What the page's lock and the isolation are for: schedule by schedule. */
static int tell_schedules(struct findings *findings)
{
	static const struct {
		const char *subject, *claim, *source;
	} races[] = {
		{ "migrate_vs_move_charge",
		  "a page that is replaced while its charge is moved is charged to one memcg",
		  "\"grab the page lock on the charge moving side\"" },
		{ "replace_vs_putback",
		  "a page that is replaced while others put it back is on the right list",
		  "\"putback may race with us\"" },
	};

	for (size_t i = 0; i < msim_array_size(races); i++) {
		const char *const argv[] = { races[i].subject, "--strategy", "dpor", NULL };
		struct exploration exploration;

		if (!explore(findings, argv, &exploration))
			return -EINTR;
		findings_add(findings, &(struct row){
					       .claim = races[i].claim,
					       .source = races[i].source,
					       .after = exploration_figure(&exploration),
					       .holds = !exploration.failed,
				       });
	}
	return 0;
}

static int run(struct findings *findings)
{
	struct outcome outcomes[2] = { 0 };

	for (int i = 0; i < 2; i++) {
		if (!findings_progress(findings, "pages of %s", profiles[i]))
			return -EINTR;
		work_on(profiles[i], &outcomes[i]);
	}
	tell_locks(findings, outcomes);
	tell_doors(findings, outcomes);
	tell_charges(findings, outcomes);
	return tell_schedules(findings);
}

const struct experiment experiment_004 = {
	.seed = "004",
	.title = "user pages uncharged after their final put",
	.before = BEFORE,
	.after = AFTER,
	.run = run,
};
