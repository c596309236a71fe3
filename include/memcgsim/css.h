/* SPDX-License-Identifier: MIT */
/*
 * Memcgs by themselves: holding them, naming them by id, going through them.
 *
 * memcgsim_mem_cgroup_from_path() and the functions here find them. Where the kernel's functions
 * take the css of a memcg, these take the memcg. References that are taken here are the caller's to
 * put; memcgsim_destroy() tells of those that were not.
 */
#ifndef MEMCGSIM_CSS_H
#define MEMCGSIM_CSS_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * memcgsim_css_get() - one more reference
 * @memcg: a memcg on which the caller knows of a reference
 *
 * Context: any thread.
 * Models: css_get() (L-02)
 * Differs: none known
 */
void memcgsim_css_get(struct memcgsim_mem_cgroup *memcg);

/**
 * memcgsim_css_tryget() - a reference, if there is still one to stand on
 * @memcg: a memcg that was found in an RCU read section that has not ended
 *
 * Context: any thread.
 * Return: whether it was taken: as long as anybody holds the memcg, be it offline.
 * Models: css_tryget() (L-02)
 * Differs: none known
 */
MEMCGSIM_MUST_CHECK bool memcgsim_css_tryget(struct memcgsim_mem_cgroup *memcg);

/**
 * memcgsim_css_tryget_online() - a reference, unless the memcg is going
 * @memcg: a memcg that was found in an RCU read section that has not ended
 *
 * Context: any thread.
 * Return: whether it was taken: no more once its cgroup has been removed.
 * Models: css_tryget_online() (L-02, L-03)
 * Differs: none known
 */
MEMCGSIM_MUST_CHECK bool memcgsim_css_tryget_online(struct memcgsim_mem_cgroup *memcg);

/**
 * memcgsim_css_put() - drop a reference that one of these functions took
 * @memcg: the memcg
 *
 * One too many is a simulated bug: recorded, nothing dropped.
 *
 * Context: any thread. The memcg is freed, if it was the last, with the deferred work.
 * Models: css_put() (L-05)
 * Differs: one too many is detected instead of believed
 */
void memcgsim_css_put(struct memcgsim_mem_cgroup *memcg);

/**
 * memcgsim_mem_cgroup_id() - a memcg's id
 * @memcg: the memcg
 *
 * Context: any thread; a single load.
 * Return: the id; 0 once it is offline and no reference on the id is left.
 * Models: mem_cgroup_id() (L-01, L-08)
 * Differs: none known
 */
unsigned int memcgsim_mem_cgroup_id(const struct memcgsim_mem_cgroup *memcg);

/**
 * memcgsim_mem_cgroup_from_id() - the memcg that has an id
 * @machine: the machine
 * @id: the id
 *
 * Context: any thread; the memcg lasts as long as the RCU read section, or a reference on the id.
 * Return: the memcg, offline or not, or NULL.
 * Models: mem_cgroup_from_id() (L-01, L-08)
 * Differs: none known
 */
struct memcgsim_mem_cgroup *memcgsim_mem_cgroup_from_id(struct memcgsim *machine, unsigned int id);

/**
 * memcgsim_mem_cgroup_id_get_many() - more references on a memcg's id
 * @memcg: a memcg on whose id the caller knows of a reference
 * @nr: how many
 *
 * Whoever writes the id down takes one: the id is then not given to another memcg.
 *
 * Context: any thread.
 * Models: mem_cgroup_id_get_many() (L-08)
 * Differs: none known
 */
void memcgsim_mem_cgroup_id_get_many(struct memcgsim_mem_cgroup *memcg, unsigned int nr);

/**
 * memcgsim_mem_cgroup_id_put_many() - drop references on a memcg's id
 * @memcg: the memcg
 * @nr: how many of those that were taken
 *
 * More than were taken is a simulated bug: recorded, nothing dropped.
 *
 * Context: any thread.
 * Models: mem_cgroup_id_put_many() (L-08)
 * Differs: too many are detected instead of believed
 */
void memcgsim_mem_cgroup_id_put_many(struct memcgsim_mem_cgroup *memcg, unsigned int nr);

/**
 * memcgsim_mem_cgroup_id_get_online() - a reference on the nearest id
 * @memcg: a memcg that is held, or was found in an RCU read section that has not ended
 *
 * Context: any thread.
 * Return: @memcg or its nearest ancestor whose id is not released, with a reference on that id; the
 * root in the end.
 * Models: mem_cgroup_id_get_online() (L-09)
 * Differs: none known
 */
struct memcgsim_mem_cgroup *memcgsim_mem_cgroup_id_get_online(struct memcgsim_mem_cgroup *memcg);

/**
 * struct memcgsim_reclaim_cookie - one reclaimer's part in the common round through a subtree
 * @generation: the round that it has joined; filled in by memcgsim_mem_cgroup_iter()
 */
struct memcgsim_reclaim_cookie {
	unsigned int generation;
};

/**
 * memcgsim_mem_cgroup_iter() - the next memcg of a subtree
 * @root: top of the subtree, which the caller holds; NULL for the thread's machine's root
 * @prev: what the last call returned, NULL to begin
 * @reclaim: NULL for a round of one's own; else the round is shared with all others that pass one
 * for this @root, and ends when any of them has come to the end
 *
 * Parents come before their children. Offline memcgs that somebody holds are among them. What is
 * returned is held until the next call, @root excepted.
 *
 * Context: any thread; with a @root of NULL a bound one.
 * Return: the memcg, or NULL at the end.
 * Models: mem_cgroup_iter(), mm/memcontrol.c (L-10)
 * Differs: one node
 */
struct memcgsim_mem_cgroup *memcgsim_mem_cgroup_iter(struct memcgsim_mem_cgroup *root,
						     struct memcgsim_mem_cgroup *prev,
						     struct memcgsim_reclaim_cookie *reclaim);

/**
 * memcgsim_mem_cgroup_iter_break() - end a round early
 * @root: as given to memcgsim_mem_cgroup_iter()
 * @prev: what it returned last
 *
 * Context: any thread; with a @root of NULL a bound one.
 * Models: mem_cgroup_iter_break(), mm/memcontrol.c (L-10)
 * Differs: none known
 */
void memcgsim_mem_cgroup_iter_break(struct memcgsim_mem_cgroup *root,
				    struct memcgsim_mem_cgroup *prev);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_CSS_H */
