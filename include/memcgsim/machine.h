/* SPDX-License-Identifier: MIT */
/*
 * A machine is a value: pages, CPUs, a cgroup tree. Several may live in one process. Threads of the
 * caller become its CPUs by binding (task.h); the machine starts no thread of its own.
 */
#ifndef MEMCGSIM_MACHINE_H
#define MEMCGSIM_MACHINE_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * struct memcgsim_config - what a machine is made of
 * @nr_pages: frames of the machine; 1 ... 2^40
 * @nr_cpus: simulated CPUs; 1 ... %MEMCGSIM_MAX_CPUS
 * @profile: name of the kernel version to behave as, of memcgsim_profile_name(); "v6.12"
 * @stock_batch_pages: pages a CPU charges ahead and keeps at most, but no more than the profile's
 * kernel (C-02); 0 turns the page stocks off
 * @nr_memcg_ids: how many ids there are, the root's included; 1 ... %MEMCGSIM_MAX_MEMCGS (L-01)
 * @no_byte_stock: every object charge goes to whole pages and back at once
 * @pcp_batch_pages: pages moved between a CPU's lists and the buddy allocator at a time (B-43), or
 * %MEMCGSIM_AUTO
 * @pcp_high_pages: pages a CPU's lists may hold, or %MEMCGSIM_AUTO; 0 turns the lists off
 * @min_free_kbytes: the reserve that the lowest watermark keeps (B-20), or %MEMCGSIM_AUTO; 0 for none
 * @watermark_scale_factor: from one watermark to the next, in ten thousandths of memory; 0 ... 3000
 * @debug_guardpage_minorder: blocks below this order are put aside as guards when larger ones are
 * cut, until what they guard is freed (B-06); 0 for none
 * @no_check_pages: pages are believed to be fit for use and reuse, as in a kernel without debugging
 * @free_pages_splits_charge: a loose block of which somebody else holds the first frame is uncharged
 * whole, frame by frame, which the kernel forgets (B-34)
 * @child_cost_bytes: kernel memory that creating a memcg charges to its parent until it is freed
 * (L-01)
 * @child_cost_slab_bytes: the part of @child_cost_bytes that memory.stat counts as slab
 * @child_cost_percpu_bytes: the part of the rest that it counts as percpu
 * @percpu_boot_bytes: how much of each CPU's memory lies in the boot chunk, where nobody is charged
 * for objects (O-18); they are put there first
 * @memory_recursiveprot: what a cgroup's children leave unclaimed of its protection is shared out
 * among them (P-11), as with the mount option of that name
 * @nr_swap_pages: slots of the swap area; 0 for none, at most 2^30
 * @trace_events: events that each CPU's ring remembers; rounded up to a power of two; 0 for none
 * @seed: for everything random: fault probability, noise
 *
 * Fill it with memcgsim_config_init(), then change what matters: a later version may add members.
 */
struct memcgsim_config {
	unsigned long nr_pages;
	unsigned int nr_cpus;
	const char *profile;
	unsigned int stock_batch_pages;
	unsigned int nr_memcg_ids;
	bool no_byte_stock;
	unsigned int pcp_batch_pages;
	unsigned int pcp_high_pages;
	unsigned int min_free_kbytes;
	unsigned int watermark_scale_factor;
	unsigned int debug_guardpage_minorder;
	bool no_check_pages;
	bool free_pages_splits_charge;
	unsigned long child_cost_bytes;
	unsigned long child_cost_slab_bytes;
	unsigned long child_cost_percpu_bytes;
	unsigned long percpu_boot_bytes;
	bool memory_recursiveprot;
	unsigned long nr_swap_pages;
	unsigned int trace_events;
	uint64_t seed;
};

/**
 * struct memcgsim_leaks - what a machine still held when it was destroyed
 * @pages: frames allocated by the caller and never freed
 * @objects: slab objects allocated by the caller and never freed
 * @caches: caches that nobody destroyed
 * @percpu: per-CPU objects allocated by the caller and never freed
 * @vmalloc: vmalloc areas, likewise; their pages are not counted again
 * @tasks: tasks that never exited
 * @cgroups: directories below the root, removed or not, that still existed
 * @objcgs: objcgs with references that the caller took and never dropped
 * @mem_cgroups: memcgs, likewise
 * @mms: address spaces, likewise
 * @swap_slots: slots of the swap area that somebody still had, the swap cache included
 * @bugs: simulated bugs that nobody expected
 */
struct memcgsim_leaks {
	unsigned long pages;
	unsigned long objects;
	unsigned long caches;
	unsigned long percpu;
	unsigned long vmalloc;
	unsigned long tasks;
	unsigned long cgroups;
	unsigned long objcgs;
	unsigned long mem_cgroups;
	unsigned long mms;
	unsigned long swap_slots;
	unsigned long bugs;
};

/**
 * memcgsim_profile_name() - the kernel versions that are modelled
 * @index: 0 for the default, and so on
 *
 * "v6.12" is modelled in full, as far as the library goes. The others have of their own what follows;
 * all else, files and functions that came later among it, is v6.12's.
 *
 * "v6.7-posted" is the patch of task->objcg in its second posted version, with what appears to be
 * wrong in it: who moves a task is told, not the task (D1); what a disturbed lookup has found is kept
 * (D2); kernel threads pay (D3). Otherwise it is v6.6. "v6.7-reviewed" is the same without D1, which
 * was found in review.
 *
 * "v6.6": who pays is looked up by each charge, through the task's memcg; a memcg that goes offline
 * lets go of its objcg (O-02); objects are charged before they are taken, and nobody remembers that
 * there was no memory for a vector (O-14, T-01); large objects are uncharged like pages (U-02); a
 * migration charges both pages (U-04).
 *
 * "v5.11": as v6.6, and kernel pages name and pin their memcg, and keep it when it is removed; and no
 * more than 32 pages are charged ahead.
 *
 * "v5.10": as v5.11, before the patches that made the word of a page a tagged one. A charged kernel
 * page has a type instead, and cannot be mapped (B-08); and mem_cgroup_from_obj() is as those patches
 * found it (T-04).
 *
 * The others are v1 machines, of 2012 to 2014. They count bytes: of memory, of memory and swap, and of
 * kernel memory where it is limited (Y-01, Y-04); have the files of cgroup v1 (Y-07); charge no objects;
 * have neither stocks nor an OOM killer; keep beside each page a record of whose it is (history.h); and
 * move charges, also to the parent of a removed group (G-07). What they do not model answers
 * -EOPNOTSUPP. "v3.17" uncharges a user page after its last put. "v3.16" and older do so when it is
 * unmapped for the last time or leaves its cache, and migrate in two steps (Y-05). "v3.8" keeps a removed
 * memcg for its kernel pages by one reference, which whoever uncharges the last of them puts; "v3.7" by
 * one for each block (Y-03). "v3.8-posted" is the patch from the one to the other as posted, with what
 * appears to be wrong in it.
 *
 * Context: any thread.
 * Return: constant text, or NULL from the number of versions on.
 * Models: nothing
 * Differs: nothing
 */
const char *memcgsim_profile_name(unsigned int index);

/**
 * memcgsim_config_init() - the default configuration
 * @config: filled in: 512 MiB, one CPU, v6.12, the kernel's batch sizes, no creation cost
 *
 * Context: any thread.
 * Models: nothing
 * Differs: nothing
 */
void memcgsim_config_init(struct memcgsim_config *config);

/**
 * memcgsim_create() - build a machine
 * @config: what to build, or NULL for the defaults
 * @ret_machine: the machine, written only on success
 *
 * The page array and the memory behind it are lazy maps, so that size costs nothing until it is
 * used.
 *
 * Context: any thread.
 * Return: 0; -EINVAL for a size out of range; -EOPNOTSUPP for a profile that is NULL or not
 * modelled; -ENOMEM.
 * Models: mem_cgroup_css_alloc() of the root, free_area_init() (L-01, B-01)
 * Differs: memory never used lies beyond a frontier instead of on the free lists
 */
MEMCGSIM_MUST_CHECK int memcgsim_create(const struct memcgsim_config *config,
					struct memcgsim **ret_machine);

/**
 * memcgsim_destroy() - take a machine apart
 * @machine: the machine; gone on success, untouched on failure
 * @ret_leaks: what it still held, or NULL if nobody wants to know; memcgsim_holders() just before
 * tells what by name
 *
 * Context: no thread may be bound to the machine or be inside one of its functions.
 * Return: 0; -EBUSY while a thread is bound (the first such CPU is named on stderr), from one of its
 * hooks, or in an RCU read section.
 * Models: nothing
 * Differs: nothing
 */
int memcgsim_destroy(struct memcgsim *machine, struct memcgsim_leaks *ret_leaks);

/**
 * memcgsim_nr_cpus() - how many CPUs a machine has
 * @machine: the machine
 *
 * Context: any thread.
 * Return: the number of CPUs.
 * Models: nr_cpu_ids
 * Differs: none known
 */
unsigned int memcgsim_nr_cpus(const struct memcgsim *machine);

/**
 * memcgsim_cpu_down() - take a CPU offline
 * @machine: the machine
 * @cpu: which; not 0, which is where unbound threads and deferred work run
 *
 * What it has charged ahead goes back to the counters, its free pages and objects to everybody. No
 * thread can be bound to it until memcgsim_cpu_up().
 *
 * Context: any thread, outside RCU read sections.
 * Return: 0, also if it is offline already; -EBUSY while a thread is bound to it; -EPERM for CPU 0;
 * -EINVAL for a CPU out of range.
 * Models: cpu_down(), memcg_hotplug_cpu_dead(), page_alloc_cpu_dead(), slub_cpu_dead() (C-19, B-47)
 * Differs: refuses where the kernel moves the CPU's tasks to another
 */
MEMCGSIM_MUST_CHECK int memcgsim_cpu_down(struct memcgsim *machine, unsigned int cpu);

/**
 * memcgsim_cpu_up() - bring a CPU back
 * @machine: the machine
 * @cpu: which
 *
 * Context: any thread.
 * Return: 0, also if it is online already; -EINVAL for a CPU out of range.
 * Models: cpu_up()
 * Differs: all CPUs are online from the start
 */
int memcgsim_cpu_up(struct memcgsim *machine, unsigned int cpu);

/**
 * memcgsim_cpu_online() - whether threads can be bound to a CPU
 * @machine: the machine
 * @cpu: which
 *
 * Context: any thread.
 * Return: true if it is online; false if not, or out of range.
 * Models: cpu_online()
 * Differs: none known
 */
bool memcgsim_cpu_online(const struct memcgsim *machine, unsigned int cpu);

/**
 * memcgsim_run_work() - let everything deferred happen now
 * @machine: the machine
 *
 * Releases of references, css offlining, what waits for a grace period: until nothing is left. The
 * order is that of queueing, so one thread's run is deterministic.
 *
 * Context: any thread, outside RCU read sections.
 * Return: the number of items that ran.
 * Models: process_one_work(), rcu_do_batch()
 * Differs: runs in the caller, on CPU 0, with no task
 */
unsigned long memcgsim_run_work(struct memcgsim *machine);

/**
 * memcgsim_rcu_read_lock() - begin an RCU read section
 *
 * What is found in it is not freed before it ends. Sections nest.
 *
 * Context: a bound thread. Until the section ends the thread may call only what says so, or what is
 * not said to be outside RCU read sections.
 * Models: rcu_read_lock()
 * Differs: none known
 */
void memcgsim_rcu_read_lock(void);

/**
 * memcgsim_rcu_read_unlock() - end an RCU read section
 *
 * Context: a bound thread inside one; outside it is a simulated bug.
 * Models: rcu_read_unlock()
 * Differs: none known
 */
void memcgsim_rcu_read_unlock(void);

/**
 * memcgsim_synchronize_rcu() - wait until all RCU read sections that have begun are over
 * @machine: the machine
 *
 * Context: any thread, outside RCU read sections. Also runs the deferred work
 * (memcgsim_run_work()).
 * Models: synchronize_rcu()
 * Differs: deferred work has run when it returns
 */
void memcgsim_synchronize_rcu(struct memcgsim *machine);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_MACHINE_H */
