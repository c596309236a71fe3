/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing but what a worker points to. Does what the recordings' workers did: touch and unmap
 * anonymous memory, and die of the OOM killer.
 */
#include "cli/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int worker_create(struct memcgsim *machine, const char *name, struct worker **ret_worker)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	int err = -ENOMEM;

	if (!worker)
		return -ENOMEM;
	worker->name = strdup(name);
	if (!worker->name)
		goto free_worker;
	err = memcgsim_fork(machine, NULL, &worker->task);
	if (err)
		goto free_name;
	*ret_worker = worker;
	return 0;

free_name:
	free(worker->name);
free_worker:
	free(worker);
	return err;
}

void worker_destroy(struct worker *worker)
{
	free(worker->pages);
	free(worker->name);
	free(worker);
}

/*
 * Whether a record beside the page says whose it is, as up to v3.17. There a charge may end at the
 * last unmapping, and only what is on an LRU list is moved: so such pages are mapped and listed.
 * Elsewhere neither would change an answer.
 */
static bool has_record(struct memcgsim_page *page)
{
	struct memcgsim_page_cgroup record;

	return memcgsim_lookup_page_cgroup(page, &record) == 0;
}

int fault_in_page(struct memcgsim_page **ret_page)
{
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
	int err;

	if (!page)
		return -ENOMEM;
	err = memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER);
	if (err) {
		memcgsim___free_pages(page, 0);
		return err;
	}
	if (has_record(page)) {
		memcgsim_page_add_new_anon_rmap(page);
		memcgsim_folio_add_lru(page);
	}
	*ret_page = page;
	return 0;
}

void unmap_page(struct memcgsim_page *page)
{
	if (has_record(page))
		memcgsim_folio_remove_rmap_pte(page);
	memcgsim_folio_put(page);
}

static void forget_page(struct worker *worker)
{
	unmap_page(worker->pages[--worker->nr_pages]);
}

static int touch_page(struct worker *worker)
{
	int err;

	if (worker->nr_pages == worker->max_pages) {
		size_t max = worker->max_pages ? 2 * worker->max_pages : 64;
		struct memcgsim_page **more = realloc(worker->pages, max * sizeof(*more));

		if (!more)
			return -ENOMEM;
		worker->pages = more;
		worker->max_pages = max;
	}
	err = fault_in_page(&worker->pages[worker->nr_pages]);
	if (err)
		return err;
	worker->nr_pages++;
	(void)memcgsim_mem_cgroup_handle_over_high(MEMCGSIM_GFP_KERNEL); /* the fault is over */
	return 0;
}

static size_t pages_of(long bytes)
{
	return ((size_t)bytes + MEMCGSIM_PAGE_SIZE - 1) / MEMCGSIM_PAGE_SIZE;
}

int worker_anon(struct worker *worker, long bytes)
{
	size_t touched = 0;
	int err = 0;

	if (worker->nr_regions == MAX_REGIONS)
		return -ENOSPC;
	if (bytes <= 0)
		return bytes ? -ENOMEM : -EINVAL;
	for (; touched < pages_of(bytes) && !err; touched++)
		err = touch_page(worker);
	if (err) { /* nothing half done */
		for (touched--; touched > 0; touched--)
			forget_page(worker);
		return err;
	}
	worker->regions[worker->nr_regions++] = touched;
	return 0;
}

/*
 * Unmaps from the end, the last map first; what is not there is an error after the rest has gone.
 */
int worker_free(struct worker *worker, long bytes)
{
	size_t left = bytes > 0 ? pages_of(bytes) : 0;

	while (left && worker->nr_regions) {
		size_t *region = &worker->regions[worker->nr_regions - 1];

		for (; left && *region; left--, --*region)
			forget_page(worker);
		if (!*region)
			worker->nr_regions--;
	}
	return left ? -EINVAL : 0;
}

int worker_exit(struct worker *worker)
{
	while (worker->nr_pages)
		forget_page(worker);
	worker->nr_regions = 0;
	memcgsim_do_exit(worker->task);
	worker->task = NULL;
	return 0;
}

bool worker_die(struct worker *worker)
{
	if (!worker->task || !memcgsim_fatal_signal_pending(worker->task))
		return false;
	worker_exit(worker);
	worker->killed = true;
	return true;
}

struct worker *worker_worse(struct worker *a, struct worker *b)
{
	return a && a->nr_pages > b->nr_pages ? a : b;
}
