/* SPDX-License-Identifier: MIT */
/*
 * Two reclaimers go through a subtree, each alone and both together, while cgroups of it come and
 * go. Each round begins at the top, comes to the memcg that stays, and ends; nothing that is
 * returned is freed meanwhile, and nothing stays held. Holds I-REF-CSS, I-TREE, I-FREE-EVENTUAL.
 *
 *   /  root -- a -+- stay         CPUs 0 and 1 go round; an unbound thread makes and removes x and y
 *                 |- x
 *                 `- y
 */
#include "support/race.h"

#include "types.h"

static race_verdict setup(struct race_world *world)
{
	if (race_mkdir(world, "a") || race_mkdir(world, "a/stay"))
		return "the cgroups could not be made";
	return NULL;
}

static race_verdict own_round(struct memcgsim_mem_cgroup *a, struct memcgsim_mem_cgroup *stay)
{
	struct memcgsim_mem_cgroup *pos = NULL;
	unsigned int steps = 0;
	bool met = false;

	while ((pos = memcgsim_mem_cgroup_iter(a, pos, NULL))) {
		if (steps++ == 0 && pos != a)
			return "the round does not begin at the top";
		met |= pos == stay;
		if (pos->parent != a && pos != a)
			return "the round has left its subtree";
	}
	return met ? NULL : "the memcg that stays was not met";
}

static race_verdict reclaimer(struct race_world *world)
{
	struct memcgsim_mem_cgroup *a, *stay;
	race_verdict verdict = NULL;

	if (memcgsim_mem_cgroup_from_path(world->sim, "a", &a))
		return "a was not found";
	if (memcgsim_mem_cgroup_from_path(world->sim, "a/stay", &stay)) {
		memcgsim_css_put(a);
		return "the memcg that stays was not found";
	}
	for (unsigned int i = 0; i < world->loops && !verdict; i++) {
		struct memcgsim_reclaim_cookie cookie;
		struct memcgsim_mem_cgroup *pos = memcgsim_mem_cgroup_iter(a, NULL, &cookie);

		if (!pos)
			verdict = "a shared round began with nobody";
		if (i % 2 && pos)
			pos = memcgsim_mem_cgroup_iter(a, pos, &cookie);
		memcgsim_mem_cgroup_iter_break(a, pos);
		if (!verdict)
			verdict = own_round(a, stay);
	}
	memcgsim_css_put(stay);
	memcgsim_css_put(a);
	return verdict;
}

static race_verdict remover(struct race_world *world)
{
	for (unsigned int i = 0; i < world->loops; i++) {
		const char *path = i % 2 ? "a/x" : "a/y";

		if (memcgsim_cgroup_mkdir(world->sim, path) ||
		    memcgsim_cgroup_rmdir(world->sim, path))
			return "a cgroup could not be made or removed";
		memcgsim_run_work(world->sim);
	}
	return NULL;
}

RACE(memcg_iter_vs_rmdir) = {
	.name = "memcg_iter_vs_rmdir",
	.claim = "rounds through a subtree meet what stays, and hold on to nothing that goes",
	.setup = setup,
	.threads = {
		{ "reclaimer 0", reclaimer, 0, -1 },
		{ "reclaimer 1", reclaimer, 1, -1 },
		{ "remover", remover, -1, -1 },
	},
};
