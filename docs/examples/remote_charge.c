/* SPDX-License-Identifier: MIT */
/*
 * Who pays for what a kernel thread and an interrupt allocate? Nobody, unless they say whom they
 * work for: inside a scope of set_active_memcg() that memcg pays.
 */
#define MEMCGSIM_KERNEL_STRUCT_NAMES
#include <stdio.h>
#include <stdlib.h>

#include <memcgsim/kernel.h>

static void show(const char *what)
{
	struct page *page = alloc_pages(GFP_KERNEL_ACCOUNT, 0);

	if (!page)
		exit(1);
	printf("%s: %s\n", what,
	       memcgsim_page_memcg_data(page) ? "the customer pays" : "nobody pays");
	__free_pages(page, 0);
}

int main(void)
{
	struct memcgsim_clone_args kthread = { .kthread = true };
	struct memcgsim *sim;
	struct task_struct *worker;
	struct mem_cgroup *customer, *old;

	if (memcgsim_create(NULL, &sim) ||
	    memcgsim_cgroupfs_write(sim, "cgroup.subtree_control", "+memory") ||
	    memcgsim_cgroup_mkdir(sim, "customer") ||
	    memcgsim_mem_cgroup_from_path(sim, "customer", &customer) ||
	    memcgsim_kernel_clone(sim, NULL, &kthread, &worker) ||
	    memcgsim_thread_bind(sim, 0, worker))
		return 1;
	show("a kernel thread");
	old = set_active_memcg(customer);
	show("in a scope");
	if (irq_enter())
		return 1;
	show("an interrupt of it");
	irq_exit();
	set_active_memcg(old);
	mem_cgroup_put(customer);
	memcgsim_thread_unbind();
	memcgsim_do_exit(worker);
	return memcgsim_destroy(sim, NULL);
}
