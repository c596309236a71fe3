/* SPDX-License-Identifier: MIT */
/*
 * Owns `memcgsim gen`: writes random scenarios, in the language of the recordings, that a real
 * kernel, the library and a model can all be asked. Called by main() only; takes no lock, touches
 * no machine. It keeps just enough of a model (who is in which cgroup, which of them enable memory,
 * what lies in which slot) never to ask what has no one right answer: memory.current when it is not
 * exact, or the tag of an object that nobody pays for. That state does not grow with the scenario.
 * Models what cgroup_subtree_control_write(), cgroup_migrate_vet_dst() and cgroup_rmdir() refuse.
 *
 * Same seed, same bytes, whatever the compiler: so no two draws of random numbers share a list of
 * arguments, whose order of evaluation C leaves open.
 */
#include "cli/verbs.h"

#include <argp.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/compiler.h"
#include "base/rng.h"
#include "cli/numbers.h"

#define MAX_LINES      10000000
#define EPILOGUE_LINES 24
#define MIN_CGROUPS    6u  /* fewer are not made fewer still */
#define MAX_CGROUPS    32u /* at once, the root among them */
#define MAX_DEPTH      5u
#define MAX_TASKS      4u  /* at once */
#define MAX_TASK_IDS   60u /* ever: the rig has room for 64, and one is its own */
#define NR_SLOTS       65536u
#define PAGE_BYTES     4096u
#define MAX_SLAB_BYTES 8192u /* more is given, and charged, as pages */
#define MAX_MANY_BYTES (512u << 10)
#define MAX_LIVE_BYTES (64u << 20) /* the rig's kernel has 512 MiB, and slabs fragment */

/*
 * A cgroup has a memcg exactly if its parent enables memory: so that is not kept. All but the root
 * have a depth; no depth: not in use. Children and tasks are its own, not those further down.
 */
struct cgroup {
	struct cgroup *parent;
	unsigned int depth, children, tasks;
	bool enables;	/* memory is in its cgroup.subtree_control */
	char path[128]; /* of the root: empty */
};

struct task {
	unsigned int id; /* its name is this number after a t */
	struct cgroup *cgroup;
};

struct gen {
	struct msim_rng rng;
	unsigned int lines_left;
	bool seeded, hard;
	bool killed; /* something, since the last grace period: until the next it may still pay */
	struct cgroup cgroups[MAX_CGROUPS], *root;
	unsigned int nr_cgroups;
	struct task tasks[MAX_TASKS];
	unsigned int nr_tasks, next_id;
	unsigned int ended_id;		   /* of a task that is no more, or never was */
	unsigned int slot_bytes[NR_SLOTS]; /* no less than what lies there takes; 0: nothing does */
	bool tag_known[NR_SLOTS];
	unsigned int next_slot;	 /* nothing lies in it or behind it */
	unsigned int live_bytes; /* the sum of slot_bytes */
};

/* So few that they come back: made again after rmdir, or while still there (EEXIST). */
static const char *const names[] = {
	"a", "b", "c", "d", "e", "f", "g", "h", "pod.slice", "name-of-22-characters.",
};

/* Ends of buckets, their neighbours, and page charges: where one byte more makes a difference. */
static const unsigned int sizes_bytes[] = {
	4,    8,    16,	  24,	32,   64,   92,	  96,	128,  192,  200,   256,	  500,	 512,
	1000, 1024, 2000, 2048, 4000, 4096, 8000, 8192, 8193, 9000, 16384, 20000, 40000, 65536,
};

/* Once the last line is written nothing more is: a sequence cut short is a scenario too. */
static void __attribute__((format(printf, 2, 3))) say(struct gen *g, const char *format, ...)
{
	va_list args;

	if (!g->lines_left)
		return;
	g->lines_left--;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

static unsigned int below(struct gen *g, unsigned int bound)
{
	msim_assert(bound > 0);
	return msim_rng_below(&g->rng, bound);
}

static bool one_in(struct gen *g, unsigned int n)
{
	return below(g, n) == 0;
}

#define one_of(g, array) ((array)[below(g, msim_array_size(array))])

static struct task *pick_task(struct gen *g)
{
	return &g->tasks[below(g, g->nr_tasks)];
}

enum want { ANY, LEAF, OPEN, PARENT };

/* OPEN is open to tasks. PARENT may get a child; in a plain scenario, not one without a memcg. */
static bool fits(const struct gen *g, const struct cgroup *c, enum want want)
{
	return (want != LEAF || !c->children) && (want != OPEN || !c->enables) &&
	       (want != PARENT || (c->depth < MAX_DEPTH && (g->hard || !c->tasks || c == g->root)));
}

/* One that fits, other than the root. The root if there is none. */
static struct cgroup *pick(struct gen *g, enum want want)
{
	struct cgroup *found[MAX_CGROUPS];
	unsigned int nr = 0;

	for (unsigned int i = 1; i < MAX_CGROUPS; i++) {
		if (g->cgroups[i].depth && fits(g, &g->cgroups[i], want))
			found[nr++] = &g->cgroups[i];
	}
	return nr ? found[below(g, nr)] : g->root;
}

/* Whether the effective memcg of @c is the root's, which pays nothing. */
static bool is_free_of_charge(const struct gen *g, const struct cgroup *c)
{
	while (c != g->root && !c->parent->enables)
		c = c->parent;
	return c == g->root;
}

/* What +memory or -memory in cgroup.subtree_control does, if it is not refused. */
static void set_memory(struct gen *g, struct cgroup *c, bool on)
{
	if (c->enables == on)
		return;
	if (on && c != g->root && (!c->parent->enables || c->tasks))
		return; /* not its own to give; or tasks would compete with children */
	for (unsigned int i = 1; i < MAX_CGROUPS; i++) {
		if (g->cgroups[i].depth && g->cgroups[i].parent == c && g->cgroups[i].enables)
			return;
	}
	c->enables = on;
	g->killed |= !on;
}

/*
 * The part of mkdir that makes one directory; the caller says the command. The rig enables memory
 * on the way, from the root down to @parent, also when the directory is already there (EEXIST).
 */
static struct cgroup *make(struct gen *g, struct cgroup *parent, const char *name)
{
	struct cgroup *c, *fresh = NULL;
	char path[2 * sizeof(c->path)];
	int length;

	for (unsigned int depth = 0; depth <= parent->depth; depth++) {
		for (c = parent; c->depth > depth; c = c->parent)
			;
		set_memory(g, c, true);
	}
	length = snprintf(path, sizeof(path), "%s%s%s", parent->path, parent == g->root ? "" : "/",
			  name);
	msim_assert(length > 0 && (size_t)length < sizeof(c->path));
	for (unsigned int i = 1; i < MAX_CGROUPS; i++) {
		c = &g->cgroups[i];
		if (!c->depth)
			fresh = c;
		else if (!strcmp(c->path, path))
			return c;
	}
	msim_assert(fresh && parent->depth < MAX_DEPTH);
	*fresh = (struct cgroup){ .parent = parent, .depth = parent->depth + 1 };
	memcpy(fresh->path, path, sizeof(fresh->path));
	parent->children++;
	g->nr_cgroups++;
	return fresh;
}

static void move(struct gen *g, struct task *t, struct cgroup *to)
{
	msim_assert(t->cgroup->tasks > 0 && (to->depth || to == g->root));
	say(g, "move t%u %s", t->id, to == g->root ? "/" : to->path);
	if (to != g->root && to->enables)
		return; /* EBUSY: inner cgroups hold no tasks */
	t->cgroup->tasks--;
	to->tasks++;
	t->cgroup = to;
}

/* Sometimes first to where they are: nothing may change then. */
static void evacuate(struct gen *g, struct cgroup *c)
{
	for (unsigned int i = 0; i < g->nr_tasks; i++) {
		if (g->tasks[i].cgroup == c)
			move(g, &g->tasks[i], pick(g, OPEN));
		if (g->tasks[i].cgroup == c)
			move(g, &g->tasks[i], g->root);
	}
}

static void begin_task(struct gen *g, struct task *t)
{
	msim_assert(g->next_id < MAX_TASK_IDS);
	t->id = g->next_id++;
	t->cgroup = g->root;
	g->root->tasks++;
	say(g, "task t%u", t->id);
	say(g, "cpu t%u 0", t->id);
}

static void free_all(struct gen *g)
{
	say(g, "k t%u freeall", pick_task(g)->id);
	memset(g->slot_bytes, 0, g->next_slot * sizeof(g->slot_bytes[0]));
	g->next_slot = 0;
	g->live_bytes = 0;
}

/* A slot in use, near a random one; something must be. */
static unsigned int pick_slot(struct gen *g)
{
	unsigned int slot;

	msim_assert(g->live_bytes > 0 && g->next_slot > 0);
	slot = below(g, g->next_slot);
	while (!g->slot_bytes[slot])
		slot = (slot + 1) % g->next_slot;
	return slot;
}

enum kind { KMALLOC, UKMALLOC, MANY, PAGE, UPAGE };

/* Any kind of object, of any size. Where slots or memory run out, everything is freed first. */
static void allocate(struct gen *g, const struct task *t)
{
	static const enum kind kinds[] = { KMALLOC, KMALLOC, KMALLOC, KMALLOC, UKMALLOC,
					   MANY,    PAGE,    PAGE,    PAGE,    UPAGE };
	static const char *const verbs[] = { "kmalloc", "ukmalloc", "many", "page", "upage" };
	enum kind kind = one_in(g, 3) ? KMALLOC : one_of(g, kinds);
	bool in_pages = kind == PAGE || kind == UPAGE, tag_known = true;
	unsigned int number, bytes, nr = 1, slot, again;

	if (in_pages)
		number = one_in(g, 2) ? 0 : below(g, 6); /* an order */
	else
		number = one_in(g, 5) ? 4 + below(g, MAX_SLAB_BYTES - 3) : one_of(g, sizes_bytes);
	bytes = in_pages ? PAGE_BYTES << number : 2 * number + 8;
	/* with nobody to pay, its slab page may yet carry a vector for others, or not */
	if (!in_pages && kind != UKMALLOC && number <= MAX_SLAB_BYTES)
		tag_known = !is_free_of_charge(g, t->cgroup);
	if (kind == MANY)
		nr = 2 + below(g, 129);
	while (nr > 1 && nr * bytes > MAX_MANY_BYTES)
		nr /= 2;
	if (g->next_slot + nr > NR_SLOTS || g->live_bytes + nr * bytes > MAX_LIVE_BYTES)
		free_all(g);
	slot = g->next_slot;
	again = below(g, slot + 1); /* used before, perhaps */
	if (kind != MANY && !g->slot_bytes[again])
		slot = again;
	if (kind == MANY)
		say(g, "k t%u many %u %u %u", t->id, slot, nr, number);
	else
		say(g, "k t%u %s %u %u", t->id, verbs[kind], slot, number);
	for (unsigned int i = slot; i < slot + nr; i++) {
		msim_assert(i < NR_SLOTS && !g->slot_bytes[i] && bytes > 0);
		g->slot_bytes[i] = bytes;
		g->tag_known[i] = tag_known;
	}
	g->live_bytes += nr * bytes;
	if (g->next_slot < slot + nr)
		g->next_slot = slot + nr;
}

/* memory.current must be exact here, and cgroup.stat without the dying; the others always are. */
static void read_file(struct gen *g, const struct cgroup *c)
{
	static const char *const others[] = {
		"memory.events",
		"cgroup.controllers",
		"cgroup.subtree_control",
		"cgroup.stat",
	};

	msim_assert(!g->killed);
	if (c != g->root)
		say(g, "read %s/%s", c->path, one_in(g, 8) ? one_of(g, others) : "memory.current");
}

/*
 * Waits for what was killed, then evicts the stocks, in this order, because what is freed late goes
 * through a stock again. Until something changes all files are right. Looks at @c and ancestors.
 */
static void settle(struct gen *g, const struct cgroup *c)
{
	if (g->killed || one_in(g, 4))
		say(g, "rcu");
	g->killed = false;
	say(g, "drain");
	do {
		read_file(g, c);
		c = c->parent;
	} while (c && one_in(g, 2));
}

/* ---- actions: each is one step of a scenario, of one line or several, or of none ---- */

static void act_allocate(struct gen *g)
{
	allocate(g, pick_task(g));
}

/* Any task frees: it need not be the one that allocated. */
static void act_free(struct gen *g)
{
	unsigned int t = pick_task(g)->id, slot;

	if (!g->live_bytes)
		return;
	slot = pick_slot(g);
	say(g, "k t%u free %u", t, slot);
	msim_assert(g->live_bytes >= g->slot_bytes[slot]);
	g->live_bytes -= g->slot_bytes[slot];
	g->slot_bytes[slot] = 0;
}

static void act_look(struct gen *g)
{
	unsigned int t = pick_task(g)->id, slot = g->live_bytes ? pick_slot(g) : 0;

	if (one_in(g, 3))
		say(g, "k t%u cur", t);
	else if (g->slot_bytes[slot] && g->tag_known[slot])
		say(g, "k t%u tag %u", t, slot);
}

static void act_move(struct gen *g)
{
	struct task *t = pick_task(g);
	bool anywhere = one_in(g, g->hard ? 8 : 30); /* EBUSY, if it enables memory */
	struct cgroup *to = pick(g, anywhere ? ANY : OPEN);

	move(g, t, one_in(g, 6) ? g->root : to);
	if (one_in(g, 3)) /* the update is pending only until the next allocation */
		say(g, "k t%u cur", t->id);
}

/*
 * One level or two in one command. In a hard scenario also a chain, with something charged on each
 * level by a task that passes through; where it stays, the next level gets no memcg.
 */
static void act_mkdir(struct gen *g)
{
	struct task *t = pick_task(g);
	unsigned int levels = g->hard && one_in(g, 4) ? 4 : 1;
	struct cgroup *c = one_in(g, 12) ? g->root : pick(g, PARENT);

	for (unsigned int i = 0; i < levels; i++) {
		if (!fits(g, c, PARENT) || g->nr_cgroups + 2 > MAX_CGROUPS)
			return;
		c = make(g, c, one_of(g, names));
		if (fits(g, c, PARENT) && one_in(g, 6))
			c = make(g, c, one_of(g, names));
		say(g, "mkdir %s", c->path);
		if (levels == 1)
			break;
		move(g, t, c);
		allocate(g, t);
		allocate(g, t);
		if (!one_in(g, 4))
			move(g, t, g->root);
	}
	settle(g, c);
}

/*
 * Takes a leaf away, in a hard scenario often its parent next, and so on up: what was charged on
 * several levels falls to one. Refused (EBUSY) where there are children or tasks; charges do not
 * keep a cgroup.
 */
static void act_rmdir(struct gen *g)
{
	struct cgroup *c = pick(g, one_in(g, 10) ? ANY : LEAF);

	if (g->nr_cgroups < MIN_CGROUPS)
		return;
	do {
		if (!one_in(g, 8))
			evacuate(g, c);
		say(g, "rmdir %s", c->path);
		if (c->children || c->tasks)
			break;
		msim_assert(c->parent->children > 0 && g->nr_cgroups > 1);
		c->parent->children--;
		g->nr_cgroups--;
		c->depth = 0;
		g->killed = true;
		c = c->parent;
	} while (g->hard && c != g->root && !c->children && !one_in(g, 4));
	if (!one_in(g, 3)) /* or else charges come and go before the grace period */
		settle(g, c);
}

static void act_settle(struct gen *g)
{
	settle(g, pick(g, ANY));
	for (unsigned int nr = below(g, 4); nr > 0; nr--)
		read_file(g, pick(g, ANY));
}

/* Effective memcgs change under standing cgroups and their tasks. */
static void act_control(struct gen *g)
{
	bool on = one_in(g, 2);
	struct cgroup *c = pick(g, on ? OPEN : ANY);

	if (c == g->root)
		return;
	if (on && !one_in(g, 4)) /* with tasks inside it is refused: EBUSY */
		evacuate(g, c);
	say(g, "write %s/cgroup.subtree_control %cmemory", c->path, on ? '+' : '-');
	set_memory(g, c, on);
	for (unsigned int nr = below(g, 4); nr > 0; nr--)
		act_look(g);
	if (one_in(g, 2))
		settle(g, c);
}

/* Ends a task, whose charges stay, and begins another. */
static void act_exit(struct gen *g)
{
	struct task *t = pick_task(g);

	if (g->next_id == MAX_TASK_IDS)
		return;
	say(g, "exit t%u", t->id);
	msim_assert(t->cgroup->tasks > 0);
	t->cgroup->tasks--;
	g->ended_id = t->id;
	begin_task(g, t);
	move(g, t, pick(g, OPEN));
}

/* Slots that are taken (EEXIST) or not (ENOENT), order 11 (ENOMEM), a task that is not (ESRCH). */
static void act_misuse(struct gen *g)
{
	static const char *const wrong[][2] = {
		{ "free", "" },	  { "tag", "" },       { "page", " 11" },
		{ "page", " 0" }, { "kmalloc", " 8" }, { "ukmalloc", " 8" },
	};
	unsigned int t = pick_task(g)->id, slot = below(g, NR_SLOTS);
	unsigned int which = below(g, msim_array_size(wrong));
	bool wants_used = which >= 3;

	if (wants_used && g->live_bytes)
		slot = pick_slot(g);
	if (one_in(g, 4))
		t = g->ended_id;
	else if ((g->slot_bytes[slot] > 0) != wants_used)
		return; /* it would be no mistake */
	say(g, "k t%u %s %u%s", t, wrong[which][0], slot, wrong[which][1]);
}

/* Paths that lead nowhere (ENOENT), for a task that may have ended (ESRCH). */
static void act_mispath(struct gen *g)
{
	static const char *const wrong[][2] = {
		{ "rmdir", "" },
		{ "move t0", "" },
		{ "read", "/memory.current" },
		{ "write", "/cgroup.subtree_control +memory" },
	};
	unsigned int which = below(g, msim_array_size(wrong));
	const struct cgroup *c = pick(g, ANY);

	if (c != g->root)
		say(g, "%s %s/none%s", wrong[which][0], c->path, wrong[which][1]);
}

/* Per mille, as in the recordings api-* (plain) and tree-* (hard). */
static const struct action {
	unsigned int weights[2]; /* plain, hard */
	void (*act)(struct gen *g);
} actions[] = {
	{ { 500, 429 }, act_allocate }, { { 226, 190 }, act_free }, { { 84, 96 }, act_look },
	{ { 52, 70 }, act_move },	{ { 22, 35 }, act_mkdir },  { { 21, 24 }, act_rmdir },
	{ { 80, 80 }, act_settle },	{ { 11, 18 }, act_misuse }, { { 4, 8 }, act_mispath },
	{ { 0, 45 }, act_control },	{ { 0, 5 }, act_exit },
};

static void act(struct gen *g)
{
	unsigned int at = below(g, 1000);
	size_t i = 0;

	while (at >= actions[i].weights[g->hard]) {
		at -= actions[i++].weights[g->hard];
		msim_assert(i < msim_array_size(actions));
	}
	actions[i].act(g);
	if (one_in(g, 2000))
		free_all(g);
	msim_assert(g->root->enables); /* or else the rig's drain would evict nothing */
}

/* The module goes first: it sees to it that every cgroup costs its parent the same. */
static void write_prologue(struct gen *g)
{
	struct cgroup *p;

	g->root = &g->cgroups[0];
	g->nr_cgroups = 1;
	say(g, "load /mdrv.ko");
	p = make(g, g->root, "p");
	say(g, "mkdir %s", make(g, p, "a")->path);
	say(g, "mkdir %s", make(g, p, "b")->path);
	g->ended_id = MAX_TASK_IDS;
	g->nr_tasks = MAX_TASKS - below(g, 2);
	for (unsigned int i = 0; i < g->nr_tasks; i++)
		begin_task(g, &g->tasks[i]);
}

/* Everybody leaves and everything is freed: what is then still charged is the price of cgroups. */
static void write_epilogue(struct gen *g)
{
	for (unsigned int i = 0; i < g->nr_tasks; i++)
		move(g, &g->tasks[i], g->root);
	free_all(g);
	while (g->lines_left)
		act_settle(g);
}

enum { OPTION_SEED = 0x100, OPTION_LINES, OPTION_HARD };

static const struct argp_option options[] = {
	{ "seed", OPTION_SEED, "N", 0, "where to begin: same seed, same scenario", 0 },
	{ "lines", OPTION_LINES, "M", 0, "how many lines, up to 10000000", 0 },
	{ "hard", OPTION_HARD, NULL, 0, "also chains, memory enabled late, tasks that end", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct gen *g = state->input;

	switch (key) {
	case OPTION_SEED:
		g->rng.state = option_number(state, "seed", arg, 0, ULONG_MAX);
		g->seeded = true;
		return 0;
	case OPTION_LINES:
		g->lines_left = (unsigned int)option_number(state, "lines", arg, 1, MAX_LINES);
		return 0;
	case OPTION_HARD:
		g->hard = true;
		return 0;
	case ARGP_KEY_END:
		if (!g->seeded || !g->lines_left)
			argp_error(state, "--seed and --lines are both needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = { options, parse, NULL, "Writes a random scenario.", 0, 0, 0 };

int memcgsim_verb_gen(int argc, char **argv)
{
	struct gen *g = calloc(1, sizeof(*g));

	if (!g || argp_parse(&argp, argc, argv, 0, NULL, g)) {
		fprintf(stderr, "%s: out of memory\n", argv[0]);
		free(g);
		return MEMCGSIM_EXIT_USAGE;
	}
	write_prologue(g);
	while (g->lines_left > EPILOGUE_LINES && !ferror(stdout))
		act(g);
	write_epilogue(g);
	free(g);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "%s: cannot write the scenario\n", argv[0]);
		return MEMCGSIM_EXIT_USAGE;
	}
	return MEMCGSIM_EXIT_HOLDS;
}
