/* SPDX-License-Identifier: MIT */
/*
 * The cgroup tree, and the memcgs behind it.
 *
 * A cgroup has a memcg of its own only if its parent's cgroup.subtree_control has memory; otherwise
 * its tasks are charged to the nearest ancestor's (G-10). Paths are relative to the root, without a
 * leading slash; "" and "/" are the root itself.
 */
#ifndef MEMCGSIM_MEMCG_H
#define MEMCGSIM_MEMCG_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * memcgsim_cgroup_mkdir() - create a cgroup
 * @machine: the machine
 * @path: the new directory; all but its last component must exist
 *
 * Context: any thread, outside RCU read sections.
 * Return: 0; -ENOENT or -ENOTDIR on the way; -EEXIST, also for the name of a file; -EINVAL for a
 * newline; -ENAMETOOLONG; -EAGAIN where cgroup.max.depth or cgroup.max.descendants of an ancestor
 * forbids it; -ENOMEM, also when the parent's limit refuses the creation cost; -EBUSY if the id
 * space is exhausted.
 * Models: cgroup_mkdir(), mem_cgroup_css_alloc(), mem_cgroup_css_online() (G-01, G-06, L-01)
 * Differs: the error of an exhausted id space is what xa_alloc() promises, older kernels gave
 * -ENOSPC, and no running kernel was seen to give either
 */
MEMCGSIM_MUST_CHECK int memcgsim_cgroup_mkdir(struct memcgsim *machine, const char *path);

/**
 * memcgsim_cgroup_rmdir() - remove a cgroup
 * @machine: the machine
 * @path: the directory
 *
 * Its memcg goes offline with the deferred work; what is charged to it does not stop that.
 *
 * Context: any thread, outside RCU read sections.
 * Return: 0; -ENOENT or -ENOTDIR; -EBUSY for the root, a populated cgroup or one with children;
 * -EINVAL for "." and -ENOTEMPTY for ".." as the last name.
 * Models: cgroup_rmdir(), cgroup_destroy_locked() (G-02, L-03)
 * Differs: none known
 */
MEMCGSIM_MUST_CHECK int memcgsim_cgroup_rmdir(struct memcgsim *machine, const char *path);

/**
 * memcgsim_cgroup_attach_task() - move a task and its thread group
 * @machine: the machine
 * @path: where to
 * @task: who; charges stay behind, unless memory.move_charge_at_immigrate says otherwise (G-07)
 *
 * Context: any thread, outside RCU read sections.
 * Return: 0; -ENOENT or -ENOTDIR; -ESRCH if the task has exited or is of another machine; -EBUSY if
 * the target gives memory to its children; -EOPNOTSUPP in an invalid domain; -EINVAL for a kernel
 * thread that is tied to its CPU; -ENOMEM, also if charges were to move and have no room. Then nothing
 * has moved.
 * Models: cgroup_attach_task(), mem_cgroup_attach() (G-03, G-08, section 6)
 * Differs: none known
 */
MEMCGSIM_MUST_CHECK int memcgsim_cgroup_attach_task(struct memcgsim *machine, const char *path,
						    struct memcgsim_task *task);

/**
 * memcgsim_cgroup_events_notified() - how often cgroup.events has changed
 * @machine: the machine
 * @path: the directory
 * @ret_count: written only on success
 *
 * Who watches the file is told so often: when the first task of the subtree comes, and when the last
 * one goes.
 *
 * Context: any thread, outside RCU read sections.
 * Return: 0; -ENOENT or -ENOTDIR.
 * Models: cgroup_file_notify() (G-09)
 * Differs: the kernel joins changes within 10 ms
 */
MEMCGSIM_MUST_CHECK int memcgsim_cgroup_events_notified(struct memcgsim *machine, const char *path,
							unsigned long *ret_count);

/**
 * memcgsim_drain_all_stock() - give back what CPUs have charged ahead for a subtree
 * @machine: the machine
 * @path: root of the subtree; a cgroup without a memcg stands for its ancestor's
 *
 * If another drain is running this one does nothing, as in the kernel.
 *
 * Context: any thread, outside RCU read sections.
 * Return: 0; -ENOENT or -ENOTDIR.
 * Models: drain_all_stock(), mm/memcontrol.c (C-11)
 * Differs: the caller drains remote CPUs itself, under their lock
 */
int memcgsim_drain_all_stock(struct memcgsim *machine, const char *path);

/**
 * memcgsim_mem_cgroup_from_path() - the memcg that a directory's tasks are charged to
 * @machine: the machine
 * @path: the directory; one without a memcg of its own stands for its ancestor's
 * @ret_memcg: the memcg with a reference, to be dropped with memcgsim_mem_cgroup_put(); written
 * only on success
 *
 * Context: any thread, outside RCU read sections.
 * Return: 0; -ENOENT or -ENOTDIR.
 * Models: cgroup_get_e_css() (G-10)
 * Differs: takes a path
 */
MEMCGSIM_MUST_CHECK int memcgsim_mem_cgroup_from_path(struct memcgsim *machine, const char *path,
						      struct memcgsim_mem_cgroup **ret_memcg);

/**
 * memcgsim_mem_cgroup_put() - drop such a reference
 * @memcg: the memcg, or NULL for nothing
 *
 * Context: any thread, outside RCU read sections.
 * Models: mem_cgroup_put(), css_put() (L-02)
 * Differs: none known
 */
void memcgsim_mem_cgroup_put(struct memcgsim_mem_cgroup *memcg);

/**
 * memcgsim_mem_cgroup_path() - the directory of a memcg
 * @memcg: a memcg that the caller, or whoever called its hook, holds
 * @buffer: for the path, "/" for the root; a removed directory keeps its own
 * @size_bytes: of @buffer
 *
 * Context: any thread.
 * Return: the path's length; -E2BIG if the buffer is too small for it and its final zero.
 * Models: cgroup_path()
 * Differs: no slash at the beginning but for the root, as everywhere in this library
 */
MEMCGSIM_MUST_CHECK int memcgsim_mem_cgroup_path(const struct memcgsim_mem_cgroup *memcg,
						 char *buffer, size_t size_bytes);

/**
 * enum memcgsim_vm_event - what happens to the user pages of a memcg
 * @MEMCGSIM_PGPGIN: a block was charged
 * @MEMCGSIM_PGPGOUT: a block was uncharged by its last put; a kernel page's is none
 * @MEMCGSIM_NR_VM_EVENTS: how many there are
 */
enum memcgsim_vm_event {
	MEMCGSIM_PGPGIN,
	MEMCGSIM_PGPGOUT,
	MEMCGSIM_NR_VM_EVENTS,
};

/**
 * memcgsim_memcg_events_local() - how often something happened to a memcg's own pages
 * @memcg: the memcg
 * @event: what
 *
 * Context: any thread; a single load.
 * Return: the number; 0 for no memcg and for what is no event.
 * Models: memcg_events_local(), mem_cgroup_charge_statistics(), uncharge_batch(), mm/memcontrol.c
 * Differs: these two events alone; never behind; up to v3.17 none are counted
 */
unsigned long memcgsim_memcg_events_local(const struct memcgsim_mem_cgroup *memcg,
					  enum memcgsim_vm_event event);

/**
 * memcgsim_cgroup_dump() - draw the tree with its charges
 * @machine: the machine
 * @ret_text: the drawing, to be freed with free(); written only on success
 *
 * One line a cgroup: memory.current, and where those pages are: user pages, kernel pages, objects,
 * the CPUs' stocks, children. Below the tree stand those that were removed and are still held.
 *
 * Context: any thread, outside RCU read sections.
 * Return: 0; -ENOMEM.
 * Models: nothing
 * Differs: nothing
 */
MEMCGSIM_MUST_CHECK int memcgsim_cgroup_dump(struct memcgsim *machine, char **ret_text);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_MEMCG_H */
