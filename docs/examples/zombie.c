/* SPDX-License-Identifier: MIT */
/*
 * Why does a removed cgroup stay? Two reasons side by side: an object is handed to the parent when
 * its cgroup goes, and pins nothing; a user page keeps the dead memcg until it is freed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memcgsim/memcgsim.h>

static void show(struct memcgsim *sim, const char *what)
{
	char *text;

	if (memcgsim_cgroupfs_read(sim, "p/cgroup.stat", &text))
		exit(1);
	printf("%s: %.24s\n", what, strstr(text, "nr_dying_subsys_memory"));
	free(text);
}

int main(void)
{
	struct memcgsim *sim;
	struct memcgsim_task *task;
	struct memcgsim_page *page;
	void *object;

	if (memcgsim_create(NULL, &sim) ||
	    memcgsim_cgroupfs_write(sim, "cgroup.subtree_control", "+memory") ||
	    memcgsim_cgroup_mkdir(sim, "p") ||
	    memcgsim_cgroupfs_write(sim, "p/cgroup.subtree_control", "+memory") ||
	    memcgsim_cgroup_mkdir(sim, "p/c") || memcgsim_fork(sim, NULL, &task) ||
	    memcgsim_cgroup_attach_task(sim, "p/c", task) || memcgsim_thread_bind(sim, 0, task))
		return 1;
	object = memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
	if (!object || !page || memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER))
		return 1;

	if (memcgsim_cgroup_attach_task(sim, "/", task) || memcgsim_cgroup_rmdir(sim, "p/c"))
		return 1;
	memcgsim_synchronize_rcu(sim);
	show(sim, "removed, with an object and a user page");
	memcgsim_folio_put(page);
	memcgsim_synchronize_rcu(sim);
	show(sim, "the user page freed, the object still there");

	memcgsim_kfree(object);
	memcgsim_do_exit(task);
	memcgsim_thread_unbind();
	return memcgsim_destroy(sim, NULL);
}
