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
#include "cli/worker.h"

#define NR_SLOTS 65536

enum slot_kind { SLOT_EMPTY, SLOT_PAGE, SLOT_OBJECT };

struct slot {
	enum slot_kind kind;
	unsigned int order;
	void *what;
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

/* Who of that name lives, or has been killed and not yet been asked for anything. */
static struct worker *find_worker(struct rig *rig, const char *name)
{
	for (size_t i = 0; i < rig->nr_workers; i++) {
		struct worker *worker = rig->workers[i];

		if ((worker->task || worker->killed) && !strcmp(worker->name, name))
			return worker;
	}
	return NULL;
}

/* ---- who is short of memory ---- */

/* While the recordings' kernel looked for something, other tasks ran. */
static void let_the_killed_die(struct rig *rig)
{
	for (size_t i = 0; i < rig->nr_workers; i++) {
		if (rig->workers[i]->task != memcgsim_current())
			(void)worker_die(rig->workers[i]);
	}
}

/* Nothing of what the verbs make can be reclaimed. */
static unsigned long reclaim(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
			     unsigned long nr_pages, memcgsim_gfp_t gfp, void *arg)
{
	(void)machine;
	(void)memcg;
	(void)nr_pages;
	(void)gfp;
	let_the_killed_die(arg);
	return 0;
}

struct choice {
	struct rig *rig;
	struct worker *victim;
};

static int consider(struct memcgsim_task *task, void *arg)
{
	struct choice *choice = arg;

	for (size_t i = 0; i < choice->rig->nr_workers; i++) {
		struct worker *worker = choice->rig->workers[i];

		if (worker->task == task)
			choice->victim = worker_worse(choice->victim, worker);
	}
	return 0;
}

static struct memcgsim_task *oom(struct memcgsim *machine, struct memcgsim_mem_cgroup *memcg,
				 memcgsim_gfp_t gfp, unsigned int order, void *arg)
{
	struct choice choice = { .rig = arg };

	(void)machine;
	(void)gfp;
	(void)order;
	let_the_killed_die(arg);
	(void)memcgsim_mem_cgroup_scan_tasks(memcg, consider, &choice);
	return choice.victim ? choice.victim->task : NULL;
}

/* ---- workers ---- */

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
	struct worker **more = realloc(rig->workers, (rig->nr_workers + 1) * sizeof(*more));
	int err;

	if (!more)
		return -ENOMEM;
	rig->workers = more;
	err = worker_create(rig->machine, name, ret_worker);
	if (!err)
		rig->workers[rig->nr_workers++] = *ret_worker;
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
	int err = 0;

	snprintf(text, sizeof(text), "%s%s%s", command->words[1], command->nr_words > 2 ? " " : "",
		 command->nr_words > 2 ? command->words[2] : "");
	/* It was the interpreter that wrote, not the worker that ran last: but 0 would be itself. */
	if (strcmp(text, "0"))
		err = memcgsim_switch_to(NULL);
	if (!err)
		err = memcgsim_cgroupfs_write(rig->machine, command->words[0], text);
	for (size_t i = 0; i < rig->nr_workers; i++) /* whom cgroup.kill has struck */
		(void)worker_die(rig->workers[i]);
	return err;
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
		err = fault_in_page(&page);
		if (!err)
			unmap_page(page);
		if (!object)
			err = -ENOMEM;
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
static const char *do_as(struct rig *rig, struct worker *worker, const struct command *command)
{
	switch (command->verb) {
	case VERB_ANON:
		return result(rig, worker_anon(worker, command->numbers[0]));
	case VERB_FREE:
		return result(rig, worker_free(worker, command->numbers[0]));
	case VERB_EXIT:
		return result(rig, worker_exit(worker));
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

/* A command is a system call: at its end the worker returns to user space, or dies. */
static const char *run_as(struct rig *rig, struct worker *worker, const struct command *command)
{
	const char *said;
	int err;

	if (worker->killed) {
		worker->killed = false;
		return "KILLED sig=9";
	}
	err = become(rig, worker);
	if (err)
		return result(rig, err);
	said = do_as(rig, worker, command);
	(void)memcgsim_mem_cgroup_handle_over_high(MEMCGSIM_GFP_KERNEL);
	if (worker_die(worker)) {
		worker->killed = false;
		said = "KILLED sig=9";
	}
	return said;
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

	for (size_t i = 0; i < rig->nr_workers; i++)
		(void)worker_die(rig->workers[i]);
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
	memcgsim_set_hooks(rig->machine, &(struct memcgsim_hooks){
						 .memcg_reclaim = reclaim,
						 .oom = oom,
						 .arg = rig,
					 });
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
		worker_destroy(rig->workers[i]);
	}
	free(rig->workers);
	free(rig->slots);
	free(rig->answer);
	free(rig);
}
