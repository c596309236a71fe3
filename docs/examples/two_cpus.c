/* SPDX-License-Identifier: MIT */
/*
 * Two threads are two CPUs. While the task of each allocates, a third thread moves one of them
 * between two cgroups; afterwards every invariant of the machine still holds.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <memcgsim/memcgsim.h>

struct cpu {
	struct memcgsim *sim;
	unsigned int id;
	struct memcgsim_task *task;
	pthread_t thread;
	int err;
};

static void *run(void *arg)
{
	struct cpu *cpu = arg;

	cpu->err = memcgsim_thread_bind(cpu->sim, cpu->id, cpu->task);
	if (cpu->err)
		return NULL;
	for (int i = 0; i < 10000; i++)
		memcgsim_kfree(memcgsim_kmalloc(64, MEMCGSIM_GFP_KERNEL_ACCOUNT));
	cpu->err = memcgsim_thread_unbind();
	return NULL;
}

static void tell(const struct memcgsim_violation *violation, void *arg)
{
	(void)arg;
	printf("%s of %s: %s\n", violation->id, violation->object, violation->detail);
}

int main(void)
{
	struct memcgsim_config config;
	struct memcgsim *sim;
	struct cpu cpus[2];
	long violations;

	memcgsim_config_init(&config);
	config.nr_cpus = 2;
	if (memcgsim_create(&config, &sim) ||
	    memcgsim_cgroupfs_write(sim, "cgroup.subtree_control", "+memory") ||
	    memcgsim_cgroup_mkdir(sim, "a") || memcgsim_cgroup_mkdir(sim, "b"))
		return 1;
	for (unsigned int i = 0; i < 2; i++) {
		cpus[i] = (struct cpu){ .sim = sim, .id = i };
		if (memcgsim_fork(sim, NULL, &cpus[i].task) ||
		    memcgsim_cgroup_attach_task(sim, "a", cpus[i].task) ||
		    pthread_create(&cpus[i].thread, NULL, run, &cpus[i]))
			return 1;
	}
	for (int i = 0; i < 100; i++) {
		if (memcgsim_cgroup_attach_task(sim, i % 2 ? "a" : "b", cpus[0].task))
			return 1;
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(cpus[i].thread, NULL);
		if (cpus[i].err || memcgsim_do_exit(cpus[i].task))
			return 1;
	}
	violations = memcgsim_check(sim, MEMCGSIM_CHECK_Q0, tell, NULL);
	printf("%ld violations\n", violations);
	return memcgsim_destroy(sim, NULL) || violations;
}
