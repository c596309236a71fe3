/* SPDX-License-Identifier: MIT */
/*
 * What is held, and by whom: the names behind the numbers of struct memcgsim_leaks.
 */
#ifndef MEMCGSIM_HOLDERS_H
#define MEMCGSIM_HOLDERS_H

#include <stdbool.h>

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * enum memcgsim_holder_kind - what holds something
 * @MEMCGSIM_HOLDER_PAGE: allocated frames; a reference on an objcg or a memcg if they are charged
 * @MEMCGSIM_HOLDER_OBJECT: a slab object; a reference on an objcg if it is accounted
 * @MEMCGSIM_HOLDER_PERCPU: a per-CPU object; a reference on an objcg if it is accounted
 * @MEMCGSIM_HOLDER_TASK: a task, which keeps its cgroup populated; a zombie keeps its memcg only
 * @MEMCGSIM_HOLDER_STOCK: pages that a CPU has charged ahead; a reference on the memcg
 * @MEMCGSIM_HOLDER_BYTE_STOCK: bytes of them; a reference on the objcg
 * @MEMCGSIM_HOLDER_OBJCG_USER: whoever took references on an objcg, such as with
 * memcgsim_get_obj_cgroup_from_current()
 * @MEMCGSIM_HOLDER_MEMCG_USER: whoever took them on a memcg, such as with memcgsim_css_get()
 * @MEMCGSIM_HOLDER_ID_USER: whoever took them on a memcg's id
 * @MEMCGSIM_HOLDER_MM_USER: whoever took them on an address space, with memcgsim_get_task_mm()
 * @MEMCGSIM_HOLDER_SWAP: a slot of the swap area; a reference on an id if it has one recorded
 */
enum memcgsim_holder_kind {
	MEMCGSIM_HOLDER_PAGE,
	MEMCGSIM_HOLDER_OBJECT,
	MEMCGSIM_HOLDER_PERCPU,
	MEMCGSIM_HOLDER_TASK,
	MEMCGSIM_HOLDER_STOCK,
	MEMCGSIM_HOLDER_BYTE_STOCK,
	MEMCGSIM_HOLDER_OBJCG_USER,
	MEMCGSIM_HOLDER_MEMCG_USER,
	MEMCGSIM_HOLDER_ID_USER,
	MEMCGSIM_HOLDER_MM_USER,
	MEMCGSIM_HOLDER_SWAP,
};

/**
 * struct memcgsim_holder - one of them
 * @kind: its kind; what does not go with it is 0 below
 * @path: the cgroup that is charged or held, "/" for the root; NULL for nobody. What a removed
 * cgroup left behind is charged to the ancestor that inherited it.
 * @object: the page, the object (a per-CPU one: CPU 0's), or the task
 * @pfn: of the page, or of the page that the object lies in; of a slot: its number
 * @order: of the page
 * @bytes: size of the pages or the object; or how much is stocked
 * @pid: of the task, or of the one that took the references, 0 for none
 * @cpu: whose stock it is, or where the references were taken; -1 for an unbound thread
 * @count: how many references; below 0: so many more were put than taken
 * @text: all that in a sentence, without addresses
 */
struct memcgsim_holder {
	enum memcgsim_holder_kind kind;
	const char *path;
	const void *object;
	unsigned long pfn;
	unsigned int order;
	unsigned long bytes;
	int pid;
	int cpu;
	long count;
	const char *text;
};

/**
 * memcgsim_holders() - go through everything that is held
 * @machine: the machine
 * @fn: called for each; its texts are gone when it returns
 * @arg: passed on to @fn
 *
 * Just before memcgsim_destroy() this is the report of its leaks by name: the pages, objects and
 * tasks that it counts, the references that were taken and not put; and the CPUs' stocks, which are
 * no leaks, since it drains them. The order is fixed: by pages, slots, tasks, CPUs, and by when references
 * were first taken.
 *
 * Context: any thread, outside RCU read sections; no other thread may be inside a function of the
 * machine, and @fn must call none.
 * Return: how many there are.
 * Models: nothing
 * Differs: nothing
 */
unsigned long memcgsim_holders(struct memcgsim *machine,
			       void (*fn)(const struct memcgsim_holder *holder, void *arg),
			       void *arg);

/**
 * memcgsim_holders_text() - the same as lines of text
 * @machine: the machine
 * @ret_text: the lines, to be freed with free(); written only on success
 *
 * Context: as memcgsim_holders().
 * Return: 0; -ENOMEM.
 * Models: nothing
 * Differs: nothing
 */
MEMCGSIM_MUST_CHECK int memcgsim_holders_text(struct memcgsim *machine, char **ret_text);

/**
 * enum memcgsim_reference_kind - who has references on a memcg, or on an objcg that is charged to it
 * @MEMCGSIM_REFERENCE_MEMCG: nobody: the memcg itself, which those that follow have references on; all
 * of them together
 * @MEMCGSIM_REFERENCE_OBJCG: likewise one of its objcgs, which do not keep the memcg
 * @MEMCGSIM_REFERENCE_BASE: the directory; of an objcg the memcg that it was made with
 * @MEMCGSIM_REFERENCE_ID: the memcg's id, which may be written down somewhere
 * @MEMCGSIM_REFERENCE_CSS_SET: tasks; or nobody any more but a zombie
 * @MEMCGSIM_REFERENCE_CHILD: a memcg below it, also a removed one
 * @MEMCGSIM_REFERENCE_USER_PAGE: a user page
 * @MEMCGSIM_REFERENCE_KERNEL_PAGE: a kernel page
 * @MEMCGSIM_REFERENCE_KERNEL_MEMORY: all kernel pages together, on machines of v3.8
 * @MEMCGSIM_REFERENCE_STOCK: what a CPU has charged ahead, or did
 * @MEMCGSIM_REFERENCE_TASK: of an objcg: a task that remembers it
 * @MEMCGSIM_REFERENCE_OBJECT: of an objcg: a slab object
 * @MEMCGSIM_REFERENCE_PERCPU: of an objcg: a per-CPU object
 * @MEMCGSIM_REFERENCE_COST: of an objcg: a memcg whose own kernel memory it pays for, or that keeps it
 * for later
 * @MEMCGSIM_REFERENCE_USER: the library's user, with memcgsim_css_get() and the like
 * @MEMCGSIM_REFERENCE_UNEXPLAINED: nobody that can be found
 * @MEMCGSIM_NR_REFERENCE_KINDS: how many kinds there are
 */
enum memcgsim_reference_kind {
	MEMCGSIM_REFERENCE_MEMCG,
	MEMCGSIM_REFERENCE_OBJCG,
	MEMCGSIM_REFERENCE_BASE,
	MEMCGSIM_REFERENCE_ID,
	MEMCGSIM_REFERENCE_CSS_SET,
	MEMCGSIM_REFERENCE_CHILD,
	MEMCGSIM_REFERENCE_USER_PAGE,
	MEMCGSIM_REFERENCE_KERNEL_PAGE,
	MEMCGSIM_REFERENCE_KERNEL_MEMORY,
	MEMCGSIM_REFERENCE_STOCK,
	MEMCGSIM_REFERENCE_TASK,
	MEMCGSIM_REFERENCE_OBJECT,
	MEMCGSIM_REFERENCE_PERCPU,
	MEMCGSIM_REFERENCE_COST,
	MEMCGSIM_REFERENCE_USER,
	MEMCGSIM_REFERENCE_UNEXPLAINED,
	MEMCGSIM_NR_REFERENCE_KINDS,
};

/**
 * struct memcgsim_reference - one of them
 * @kind: who has it
 * @count: how many references; of MEMCG and OBJCG how many there are in all, and the lines up to the
 * next of those two add up to it. Below 0, of UNEXPLAINED: so many holders have none. 0 for a page that
 * another line's reference keeps.
 * @removed: of MEMCG: its directory is gone
 * @pfn: of a page, or where an object lies
 * @order: of a page
 * @cpu: of a stock
 * @text: all that in words, without addresses
 */
struct memcgsim_reference {
	enum memcgsim_reference_kind kind;
	long count;
	bool removed;
	unsigned long pfn;
	unsigned int order;
	unsigned int cpu;
	const char *text;
};

/**
 * memcgsim_why_alive() - every reference on the memcgs of a cgroup, living and removed
 * @machine: the machine
 * @path: the cgroup, as memcgsim_mem_cgroup_path() tells it: "a/b", "/" for the root
 * @fn: called for each memcg, then for each reference on it, then for its objcgs likewise; its text is
 * gone when it returns. May be NULL.
 * @arg: passed on to @fn
 *
 * Names are used again, so there may be several of that path; at most one has its directory. The
 * root's references are not counted.
 *
 * Context: any thread, outside RCU read sections; no other thread may be inside a function of the
 * machine, and @fn must call none.
 * Return: how many memcgs of that path there are; 0: there was none, or they have been freed.
 * Models: nothing
 * Differs: nothing
 */
unsigned long memcgsim_why_alive(struct memcgsim *machine, const char *path,
				 void (*fn)(const struct memcgsim_reference *reference, void *arg),
				 void *arg);

/**
 * memcgsim_reference_name() - a kind's name
 * @kind: the kind
 *
 * Context: any thread.
 * Return: constant text, such as "kernel page".
 * Models: nothing
 * Differs: nothing
 */
const char *memcgsim_reference_name(enum memcgsim_reference_kind kind);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_HOLDERS_H */
