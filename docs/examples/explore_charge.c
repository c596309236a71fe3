/* SPDX-License-Identifier: MIT */
/*
 * A rule of one's own on top of the library, and whether it holds: a cgroup has a soft limit, and
 * who would exceed it goes away without a page. The first version looks before it charges: between
 * the two another CPU charges, too. The second charges first, looks then, and gives the page back:
 * sometimes both do, but neither ever keeps what is too much.
 *
 * The machine is made once. The explorer puts it back as it was before each schedule, and chooses
 * at each access of the library, not only at one's own, who goes on.
 */
#include <stdio.h>
#include <stdlib.h>

#include <memcgsim/explore.h>
#include <memcgsim/memcgsim.h>

#define SOFT_LIMIT_BYTES MEMCGSIM_PAGE_SIZE

struct world {
	struct memcgsim *sim;
	struct memcgsim_task *tasks[2];
	struct memcgsim_page *pages[2];
};

static unsigned long usage_bytes(struct world *world)
{
	char *text;
	unsigned long bytes;

	if (memcgsim_cgroupfs_read(world->sim, "box/memory.current", &text))
		return 0;
	bytes = strtoul(text, NULL, 10);
	free(text);
	return bytes;
}

static const char *look_then_charge(void *arg, const void *cpu)
{
	struct world *world = arg;

	if (usage_bytes(world) + MEMCGSIM_PAGE_SIZE <= SOFT_LIMIT_BYTES)
		world->pages[*(const unsigned int *)cpu] =
			memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);
	return NULL;
}

static const char *charge_then_look(void *arg, const void *cpu)
{
	struct world *world = arg;
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL_ACCOUNT, 0);

	if (page && usage_bytes(world) > SOFT_LIMIT_BYTES) {
		memcgsim___free_pages(page, 0);
		page = NULL;
	}
	world->pages[*(const unsigned int *)cpu] = page;
	return NULL;
}

/* ---- before and after; none of this is searched ---- */

static const char *setup(void *arg, const void *unused)
{
	struct world *world = arg;
	struct memcgsim_config config;

	(void)unused;
	memcgsim_config_init(&config);
	config.nr_cpus = 2;
	config.nr_pages = 256;
	config.pcp_batch_pages = 1; /* small worlds show the same in fewer steps */
	config.pcp_high_pages = 2;
	config.stock_batch_pages = 0; /* what is charged is charged: no CPU keeps pages at hand */
	if (memcgsim_create(&config, &world->sim) ||
	    memcgsim_cgroupfs_write(world->sim, "cgroup.subtree_control", "+memory") ||
	    memcgsim_cgroup_mkdir(world->sim, "box"))
		return "no machine";
	for (int i = 0; i < 2; i++) {
		if (memcgsim_fork(world->sim, NULL, &world->tasks[i]) ||
		    memcgsim_cgroup_attach_task(world->sim, "box", world->tasks[i]))
			return "no task";
	}
	return NULL;
}

static const char *enter(void *arg, const void *cpu)
{
	struct world *world = arg;
	unsigned int id = *(const unsigned int *)cpu;

	return memcgsim_thread_bind(world->sim, id, world->tasks[id]) ? "not bound" : NULL;
}

static const char *leave(void *arg, const void *cpu)
{
	(void)arg, (void)cpu;
	return memcgsim_thread_unbind() ? "not unbound" : NULL;
}

static const char *below_the_limit(void *world, const void *unused)
{
	(void)unused;
	return usage_bytes(world) > SOFT_LIMIT_BYTES ? "more is charged than the soft limit" : NULL;
}

static const unsigned int cpus[] = { 0, 1 };

static struct memcgsim_subject subject_of(const char *name,
					  const char *(*body)(void *world, const void *cpu))
{
	struct memcgsim_subject subject = {
		.name = name,
		.claim = "no more stays charged than the soft limit",
		.state_bytes = sizeof(struct world),
		.setup = setup,
		.finally = below_the_limit,
	};

	for (int i = 0; i < 2; i++)
		subject.actors[i] = (struct memcgsim_actor){
			.name = i ? "CPU 1" : "CPU 0",
			.body = body,
			.enter = enter,
			.leave = leave,
			.arg = &cpus[i],
			.cpu = i,
		};
	return subject;
}

int main(void)
{
	const struct memcgsim_ladder ladder = { .out = stdout };
	struct memcgsim_subject hasty = subject_of("look then charge", look_then_charge);
	struct memcgsim_subject right = subject_of("charge then look", charge_then_look);
	struct memcgsim_explore_options options;
	struct memcgsim_explore_result result;

	if (memcgsim_explore(&hasty, NULL, &result) != 1)
		return 1;
	printf("%s: %s\n\n", hasty.name, result.failure);
	if (memcgsim_replay(&hasty, result.token, &ladder, &result) != 1)
		return 1;

	memcgsim_explore_options_init(&options);
	options.strategy = MEMCGSIM_DFS;
	options.preemptions = 2; /* one is enough for the first version */
	options.schedules = 0;	 /* no limit: until there is none left */
	if (memcgsim_explore(&right, &options, &result) != 0)
		return 1;
	printf("\n%s: none of the %lu schedules with up to %d preemptions fails\n", right.name,
	       result.schedules, options.preemptions);
	return !result.exhausted;
}
