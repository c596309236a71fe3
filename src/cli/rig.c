/* SPDX-License-Identifier: MIT */
/*
 * Owns one machine and the thread that is, in turn, each of its tasks. Does through the public
 * interface what the recordings' own interpreter did through system calls, so that each answer can
 * be compared.
 */
#include "cli/rig.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define NR_SLOTS    65536
#define MAX_REGIONS 256 /* maps that a worker of the recordings keeps */

enum slot_kind { SLOT_EMPTY, SLOT_PAGE, SLOT_OBJECT };

struct slot {
	enum slot_kind kind;
	unsigned int order;
	void *what;
};

/*
 * A worker: a task, where it runs, and the anonymous memory it has touched, in maps of so many
 * pages.
 */
struct worker {
	char *name;
	struct memcgsim_task *task; /* NULL once it has exited */
	unsigned int cpu;
	struct memcgsim_page **pages;
	size_t nr_pages;
	size_t max_pages;
	size_t regions[MAX_REGIONS];
	size_t nr_regions;
};

struct rig {
	struct memcgsim *machine;
	struct worker **workers;
	size_t nr_workers;
	unsigned int bound_cpu;
	bool bound;
	bool drains_by_itself;
	struct slot *slots;
	void *helper_objects[MEMCGSIM_MAX_CPUS]; /* what the drain's helper holds, by CPU */
	char *answer;
};

/* ---- answers ---- */

__attribute__((format(printf, 2, 3))) static const char *answer(struct rig *rig, const char *format,
								...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	free(rig->answer);
	rig->answer = text;
	return text ? text : "ERR ENOMEM";
}

static const char *result(struct rig *rig, int err)
{
	return err ? answer(rig, "ERR %s", strerrorname_np(-err)) : "ok";
}

/* ---- workers ---- */

static struct worker *find_worker(struct rig *rig, const char *name)
{
	for (size_t i = 0; i < rig->nr_workers; i++) {
		if (rig->workers[i]->task && !strcmp(rig->workers[i]->name, name))
			return rig->workers[i];
	}
	return NULL;
}

static int go_to_cpu(struct rig *rig, unsigned int cpu)
{
	int err;

	if (rig->bound && rig->bound_cpu == cpu)
		return 0;
	if (rig->bound)
		memcgsim_thread_unbind();
	err = memcgsim_thread_bind(rig->machine, cpu, NULL);
	rig->bound = !err;
	rig->bound_cpu = cpu;
	return err;
}

/* Makes the thread that worker, on its CPU. */
static int become(struct rig *rig, struct worker *worker)
{
	int err = go_to_cpu(rig, worker->cpu);

	return err ? err : memcgsim_switch_to(worker->task);
}

static int spawn(struct rig *rig, const char *name, struct worker **ret_worker)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	struct worker **more = realloc(rig->workers, (rig->nr_workers + 1) * sizeof(*more));
	int err = -ENOMEM;

	if (more)
		rig->workers = more;
	if (!worker || !more)
		goto free_worker;
	worker->name = strdup(name);
	if (!worker->name)
		goto free_worker;
	err = memcgsim_fork(rig->machine, NULL, &worker->task);
	if (err)
		goto free_name;
	rig->workers[rig->nr_workers++] = worker;
	*ret_worker = worker;
	return 0;

free_name:
	free(worker->name);
free_worker:
	free(worker);
	return err;
}

/* A new worker opens files before anybody asks it for anything: it has allocated in the root. */
static int verb_task(struct rig *rig, const char *name)
{
	struct worker *worker;
	int err = spawn(rig, name, &worker);

	if (!err)
		err = become(rig, worker);
	if (!err)
		memcgsim_kfree(memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT));
	return err;
}

static void forget_page(struct worker *worker)
{
	memcgsim_folio_put(worker->pages[--worker->nr_pages]);
}

static int touch_page(struct worker *worker)
{
	struct memcgsim_page *page;
	int err;

	if (worker->nr_pages == worker->max_pages) {
		size_t max = worker->max_pages ? 2 * worker->max_pages : 64;
		struct memcgsim_page **more = realloc(worker->pages, max * sizeof(*more));

		if (!more)
			return -ENOMEM;
		worker->pages = more;
		worker->max_pages = max;
	}
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
	if (!page)
		return -ENOMEM;
	err = memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER);
	if (err) {
		memcgsim___free_pages(page, 0);
		return err;
	}
	worker->pages[worker->nr_pages++] = page;
	return 0;
}

static size_t pages_of(long bytes)
{
	return ((size_t)bytes + MEMCGSIM_PAGE_SIZE - 1) / MEMCGSIM_PAGE_SIZE;
}

static int verb_anon(struct worker *worker, long bytes)
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
static int verb_free(struct worker *worker, long bytes)
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

static int verb_exit(struct worker *worker)
{
	while (worker->nr_pages)
		forget_page(worker);
	worker->nr_regions = 0;
	memcgsim_do_exit(worker->task);
	worker->task = NULL;
	return 0;
}

/* ---- cgroups ---- */

/* Whether it may: refused where tasks are. */
static bool enable_memory(struct rig *rig, const char *dir)
{
	char *path;
	int err;

	if (asprintf(&path, "%s/cgroup.subtree_control", dir) < 0)
		return false;
	err = memcgsim_cgroupfs_write(rig->machine, path, "+memory");
	free(path);
	return !err;
}

/*
 * Every ancestor is made, and gives memory to its children if it may, also when the last one
 * exists.
 */
static int verb_mkdir(struct rig *rig, const char *path)
{
	char *whole = strdup(path);
	int err = 0;

	if (!whole)
		return -ENOMEM;
	(void)enable_memory(rig, "");
	for (char *slash = whole; slash; slash = strchr(slash, '/')) {
		slash += strspn(slash, "/");
		slash += strcspn(slash, "/");
		if (!slash[strspn(slash, "/")])
			break;
		*slash = '\0';
		err = memcgsim_cgroup_mkdir(rig->machine,
					    whole); /* EEXIST is as good: the last one tells */
		(void)enable_memory(rig, whole);
		*slash = '/';
	}
	err = memcgsim_cgroup_mkdir(rig->machine, whole);
	free(whole);
	return err;
}

static int verb_write(struct rig *rig, const struct command *command)
{
	char text[4096];

	snprintf(text, sizeof(text), "%s%s%s", command->words[1], command->nr_words > 2 ? " " : "",
		 command->nr_words > 2 ? command->words[2] : "");
	return memcgsim_cgroupfs_write(rig->machine, command->words[0], text);
}

static int move(struct rig *rig, struct worker *worker, const char *dir)
{
	char *path, pid[16];
	int err;

	if (asprintf(&path, "%s/cgroup.procs", dir) < 0)
		return -ENOMEM;
	snprintf(pid, sizeof(pid), "%d", memcgsim_task_pid(worker->task));
	err = memcgsim_cgroupfs_write(rig->machine, path, pid);
	free(path);
	return err;
}

static const char *verb_read(struct rig *rig, const char *path)
{
	char *text;
	int err = memcgsim_cgroupfs_read(rig->machine, path, &text);

	if (err)
		return result(rig, err);
	for (char *c = text; *c; c++) {
		if (*c == '\n')
			*c = c[1] ? ' ' : '\0';
	}
	answer(rig, "%s", text);
	free(text);
	return rig->answer;
}

/* The keys asked for, in that order; one that the file does not have is passed over. */
static const char *verb_stat(struct rig *rig, const struct command *command)
{
	char *path, *text, *chosen = NULL;
	size_t size;
	FILE *out;
	int err;

	if (asprintf(&path, "%s/memory.stat", command->words[0]) < 0)
		return result(rig, -ENOMEM);
	err = memcgsim_cgroupfs_read(rig->machine, path, &text);
	free(path);
	if (err)
		return result(rig, err);
	out = open_memstream(&chosen, &size);
	for (unsigned int i = 1; out && i < command->nr_words; i++) {
		size_t length = strlen(command->words[i]);

		for (char *line = text; line && *line; line = strchr(line, '\n') + 1) {
			if (!strncmp(line, command->words[i], length) && line[length] == ' ')
				fprintf(out, "%s=%.*s ", command->words[i],
					(int)strcspn(line + length + 1, "\n"), line + length + 1);
		}
	}
	if (!out || fclose(out))
		err = -ENOMEM;
	free(text);
	answer(rig, "%s", err ? "ERR ENOMEM" : chosen);
	free(chosen);
	return rig->answer;
}

/*
 * Evicts every stock without touching it: a helper in a cgroup of its own charges an object and a
 * page on each CPU. The object first: the byte stock it evicts may put pages into the page stock.
 * It stays until the next drain: with nothing of its page in use the helper's byte stock would be
 * full, and whoever evicts that would find the helper's page in the page stock, in place of its
 * own.
 */
static int verb_drain(struct rig *rig)
{
	struct worker *helper = find_worker(rig, "_drain");
	int err = 0;

	if (!helper) {
		err = memcgsim_cgroup_mkdir(rig->machine, "_drain");
		if (!err || err == -EEXIST)
			err = spawn(rig, "_drain", &helper);
		if (!err)
			err = move(rig, helper, "_drain");
	}
	for (unsigned int cpu = 0; !err && cpu < memcgsim_nr_cpus(rig->machine); cpu++) {
		struct memcgsim_page *page;
		void *object;

		helper->cpu = cpu;
		err = become(rig, helper);
		if (err)
			break;
		object = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);
		page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
		if (!object || !page || memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER))
			err = -ENOMEM;
		if (page)
			memcgsim_folio_put(page);
		memcgsim_kfree(rig->helper_objects[cpu]);
		rig->helper_objects[cpu] = object;
	}
	/* With batches of one page nothing is ever left over that could evict somebody's. */
	if (!err && rig->drains_by_itself)
		err = memcgsim_drain_all_stock(rig->machine, "/");
	return err;
}

/* ---- k: the kernel's allocators ---- */

static void free_slot(struct slot *slot)
{
	if (slot->kind == SLOT_PAGE)
		memcgsim___free_pages(slot->what, slot->order);
	else
		memcgsim_kfree(slot->what);
	slot->kind = SLOT_EMPTY;
}

static int fill_page(struct slot *slot, long order, memcgsim_gfp_t gfp)
{
	if (slot->kind != SLOT_EMPTY)
		return -EEXIST;
	if (order < 0 || order > MEMCGSIM_MAX_PAGE_ORDER)
		return -ENOMEM;
	slot->what = memcgsim_alloc_pages(gfp | MEMCGSIM___GFP_NOWARN |
						  (order ? MEMCGSIM___GFP_COMP : 0),
					  (unsigned int)order);
	if (!slot->what)
		return -ENOMEM;
	slot->kind = SLOT_PAGE;
	slot->order = (unsigned int)order;
	return 0;
}

static int fill_object(struct slot *slot, long size, memcgsim_gfp_t gfp)
{
	if (slot->kind != SLOT_EMPTY)
		return -EEXIST;
	slot->what = memcgsim_kmalloc((size_t)size, gfp | MEMCGSIM___GFP_NOWARN);
	if (!slot->what)
		return -ENOMEM;
	slot->kind = SLOT_OBJECT;
	return 0;
}

/*
 * Slots that are taken are taken over, and what was there is lost: so does the driver of the
 * recordings. (A refused one empties its slot in the same way.) Slots beyond the last are refused,
 * where that driver is not to be trusted.
 */
static const char *many(struct rig *rig, const struct command *command)
{
	long first = command->numbers[0], count = command->numbers[1];
	long i;

	if (count > NR_SLOTS - first)
		return result(rig, -EINVAL);
	for (i = 0; i < count; i++) {
		struct slot *slot = &rig->slots[first + i];
		int err;

		slot->kind = SLOT_EMPTY;
		err = fill_object(slot, command->numbers[2], MEMCGSIM_GFP_KERNEL_ACCOUNT);
		if (err)
			return result(rig, err);
	}
	return answer(rig, "n=%ld", i);
}

static const char *tag(struct rig *rig, const struct slot *slot)
{
	struct memcgsim_page *page = slot->what;

	if (slot->kind == SLOT_EMPTY)
		return result(rig, -ENOENT);
	if (slot->kind == SLOT_OBJECT)
		page = memcgsim_virt_to_head_page(rig->machine, slot->what);
	return answer(rig, "tag=%lu", page ? memcgsim_page_memcg_data(page) & 7 : 0);
}

static const char *cur(struct rig *rig)
{
	unsigned long word = memcgsim_task_objcg_word(memcgsim_current());

	return answer(rig, "objcg=%s flag=%lu", word & ~1UL ? "set" : "null", word & 1);
}

static const char *verb_k(struct rig *rig, const struct command *command)
{
	long number = command->numbers[0];
	struct slot *slot = &rig->slots[number >= 0 && number < NR_SLOTS ? number : 0];

	if (number < 0 || number >= NR_SLOTS)
		return result(rig, -EINVAL);
	switch (command->verb) {
	case VERB_K_PAGE:
		return result(rig,
			      fill_page(slot, command->numbers[1], MEMCGSIM_GFP_KERNEL_ACCOUNT));
	case VERB_K_UPAGE:
		return result(rig, fill_page(slot, command->numbers[1], MEMCGSIM_GFP_KERNEL));
	case VERB_K_KMALLOC:
		return result(rig,
			      fill_object(slot, command->numbers[1], MEMCGSIM_GFP_KERNEL_ACCOUNT));
	case VERB_K_UKMALLOC:
		return result(rig, fill_object(slot, command->numbers[1], MEMCGSIM_GFP_KERNEL));
	case VERB_K_MANY:
		return many(rig, command);
	case VERB_K_FREE:
		if (slot->kind == SLOT_EMPTY)
			return result(rig, -ENOENT);
		free_slot(slot);
		return "ok";
	case VERB_K_FREEALL:
		for (unsigned int i = 0; i < NR_SLOTS; i++) {
			if (rig->slots[i].kind != SLOT_EMPTY)
				free_slot(&rig->slots[i]);
		}
		return "ok";
	case VERB_K_TAG:
		return tag(rig, slot);
	default:
		return cur(rig);
	}
}

/* ---- commands ---- */

/* The verbs that a worker runs. */
static const char *run_as(struct rig *rig, struct worker *worker, const struct command *command)
{
	int err = become(rig, worker);

	if (err)
		return result(rig, err);
	switch (command->verb) {
	case VERB_ANON:
		return result(rig, verb_anon(worker, command->numbers[0]));
	case VERB_FREE:
		return result(rig, verb_free(worker, command->numbers[0]));
	case VERB_EXIT:
		return result(rig, verb_exit(worker));
	case VERB_MOVE:
		return result(rig, move(rig, worker, command->words[0]));
	case VERB_CPU:
		if (command->numbers[0] < 0 ||
		    command->numbers[0] >= memcgsim_nr_cpus(rig->machine))
			return result(rig, -EINVAL);
		worker->cpu = (unsigned int)command->numbers[0];
		return "ok";
	default:
		return verb_k(rig, command);
	}
}

static const char *run_command(struct rig *rig, const struct command *command)
{
	struct worker *worker;

	switch (command->verb) {
	case VERB_LOAD:
		return "ok";
	case VERB_SLEEP:
	case VERB_RCU:
		memcgsim_synchronize_rcu(rig->machine);
		return "ok";
	case VERB_DRAIN:
		return result(rig, verb_drain(rig));
	case VERB_MKDIR:
		return result(rig, verb_mkdir(rig, command->words[0]));
	case VERB_RMDIR:
		return result(rig, memcgsim_cgroup_rmdir(rig->machine, command->words[0]));
	case VERB_WRITE:
		return result(rig, verb_write(rig, command));
	case VERB_READ:
		return verb_read(rig, command->words[0]);
	case VERB_STAT:
		return verb_stat(rig, command);
	case VERB_TASK:
		return result(rig, verb_task(rig, command->words[0]));
	default:
		worker = find_worker(rig, command->task);
		return worker ? run_as(rig, worker, command) : result(rig, -ESRCH);
	}
}

const char *rig_run(struct rig *rig, const struct command *command)
{
	const char *said = run_command(rig, command);

	memcgsim_run_work(rig->machine); /* a kernel's workers run between two commands */
	return said;
}

struct memcgsim *rig_machine(struct rig *rig)
{
	return rig->machine;
}

/*
 * The kernel of the recordings had 17 tasks before the first worker: who names workers by their
 * pids begins with 18.
 */
static int use_up_pids(struct rig *rig)
{
	int err = 0;

	for (int pid = 1; pid <= 17 && !err; pid++) {
		struct memcgsim_task *task;

		err = memcgsim_fork(rig->machine, NULL, &task);
		if (!err)
			err = memcgsim_do_exit(task);
	}
	memcgsim_run_work(rig->machine);
	return err;
}

int rig_create(const struct memcgsim_config *config, struct rig **ret_rig)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	int err = -ENOMEM;

	if (!rig)
		return -ENOMEM;
	rig->slots = calloc(NR_SLOTS, sizeof(*rig->slots));
	if (!rig->slots)
		goto free_rig;
	rig->drains_by_itself = config->stock_batch_pages == 1;
	err = memcgsim_create(config, &rig->machine);
	if (err)
		goto free_slots;
	err = use_up_pids(rig);
	if (!err)
		err = go_to_cpu(rig, 0);
	if (err)
		goto destroy;
	*ret_rig = rig;
	return 0;

destroy:
	memcgsim_destroy(rig->machine, NULL);
free_slots:
	free(rig->slots);
free_rig:
	free(rig);
	return err;
}

void rig_destroy(struct rig *rig)
{
	if (rig->bound)
		memcgsim_thread_unbind();
	memcgsim_destroy(rig->machine, NULL);
	for (size_t i = 0; i < rig->nr_workers; i++) {
		free(rig->workers[i]->pages);
		free(rig->workers[i]->name);
		free(rig->workers[i]);
	}
	free(rig->workers);
	free(rig->slots);
	free(rig->answer);
	free(rig);
}
