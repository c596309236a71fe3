/* SPDX-License-Identifier: MIT */
/*
 * verify/holders: everything that can hold something, by name.
 */
#include "unit.h"

#include "machine/profile.h"

#include <stdarg.h>

#define ACCOUNT	    MEMCGSIM_GFP_KERNEL_ACCOUNT
#define MAX_HOLDERS 64

/* Copies of what one round told. */
struct report {
	struct memcgsim_holder holders[MAX_HOLDERS];
	char paths[MAX_HOLDERS][32];
	char texts[MAX_HOLDERS][128];
	unsigned int nr;
};

static void note(const struct memcgsim_holder *holder, void *arg)
{
	struct report *report = arg;
	unsigned int i = report->nr++;

	assert_in_range(i, 0, MAX_HOLDERS - 1);
	report->holders[i] = *holder;
	snprintf(report->paths[i], sizeof(report->paths[i]), "%s",
		 holder->path ? holder->path : "-");
	snprintf(report->texts[i], sizeof(report->texts[i]), "%s", holder->text);
}

static struct report *look(struct unit *u)
{
	static struct report report;
	unsigned long count;

	memset(&report, 0, sizeof(report));
	count = memcgsim_holders(u->machine, note, &report);
	assert_int_equal(count, report.nr);
	return &report;
}

/* The only holder of its kind. */
static const struct memcgsim_holder *only(struct report *report, enum memcgsim_holder_kind kind,
					  const char *path, const char *text)
{
	const struct memcgsim_holder *found = NULL;

	for (unsigned int i = 0; i < report->nr; i++) {
		if (report->holders[i].kind != kind)
			continue;
		assert_null(found);
		found = &report->holders[i];
		assert_string_equal(report->paths[i], path);
		assert_string_equal(report->texts[i], text);
	}
	assert_non_null(found);
	return found;
}

static unsigned int count_kind(const struct report *report, enum memcgsim_holder_kind kind)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < report->nr; i++)
		count += report->holders[i].kind == kind;
	return count;
}

/*  root -- a -- b, where u->task is and runs on CPU 1  */
static struct unit *world_of(void **state, const char *profile)
{
	struct memcgsim_config config = unit_config();
	struct unit *u;

	config.nr_cpus = 2;
	config.nr_swap_pages = 4;
	config.profile = profile;
	u = unit_world(state, &config);
	assert_int_equal(memcgsim_thread_unbind(), 0);
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "/", u->task), 0);
	unit_write(u, "a/cgroup.subtree_control", "+memory");
	unit_mkdir(u, "a/b");
	assert_int_equal(memcgsim_cgroup_attach_task(u->machine, "a/b", u->task), 0);
	unit_run(u, 1, u->task);
	return u;
}

static struct unit *world(void **state)
{
	return world_of(state, "v6.12");
}

/* Models: struct memcgsim_leaks. A machine with nothing but a task. */
static void task_is_named(void **state)
{
	struct unit *u = world(state);
	struct report *report = look(u);
	const struct memcgsim_holder *holder;

	assert_int_equal(report->nr, 1);
	holder = only(report, MEMCGSIM_HOLDER_TASK, "a/b", "pid 1: charged to a/b");
	assert_int_equal(holder->pid, 1);
	assert_ptr_equal(holder->object, u->task);
}

/* Pages: the user's, the kernel's, nobody's. */
static void look_at_pages(struct unit *u)
{
	struct memcgsim_page *kernel = memcgsim_alloc_pages(ACCOUNT, 2), *user, *plain;
	const struct memcgsim_holder *holder;
	char text[128];

	snprintf(text, sizeof(text), "pfn %lu, order 2: kernel memory of a/b",
		 memcgsim_page_to_pfn(u->machine, kernel));
	holder = only(look(u), MEMCGSIM_HOLDER_PAGE, "a/b", text);
	assert_ptr_equal(holder->object, kernel);
	assert_int_equal(holder->bytes, 4 * UNIT_PAGE);
	assert_int_equal(holder->count, 1);
	memcgsim___free_pages(kernel, 2);

	plain = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	snprintf(text, sizeof(text), "pfn %lu, order 0: kernel memory of nobody",
		 memcgsim_page_to_pfn(u->machine, plain));
	holder = only(look(u), MEMCGSIM_HOLDER_PAGE, "-", text);
	assert_int_equal(holder->count, 0);
	memcgsim___free_pages(plain, 0);

	user = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 1);
	assert_int_equal(memcgsim___mem_cgroup_charge(user, MEMCGSIM_GFP_KERNEL), 0);
	snprintf(text, sizeof(text), "pfn %lu, order 1: user memory of a/b",
		 memcgsim_page_to_pfn(u->machine, user));
	(void)only(look(u), MEMCGSIM_HOLDER_PAGE, "a/b", text);
	memcgsim_folio_put(user);
	assert_int_equal(count_kind(look(u), MEMCGSIM_HOLDER_PAGE), 0);
}

/* Models: struct memcgsim_leaks, section 2. In every version, whatever a kernel page's word names. */
static void pages_are_named_with_who_pays(void **state)
{
	for (unsigned int i = 0; memcgsim_profile_name(i); i++) {
		if (msim_profile_find(memcgsim_profile_name(i))->v1)
			continue;
		look_at_pages(world_of(state, memcgsim_profile_name(i)));
		assert_int_equal(unit_teardown(state), 0);
	}
	*state = NULL;
}

/* Models: struct memcgsim_leaks, O-15. Objects: those that are allocated, accounted or not. */
static void objects_are_named_with_who_pays(void **state)
{
	struct unit *u = world(state);
	void *accounted = memcgsim_kmalloc(100, ACCOUNT), *plain;
	const struct memcgsim_holder *holder;
	struct memcgsim_page *page = memcgsim_virt_to_head_page(u->machine, accounted);
	char text[128];

	snprintf(text, sizeof(text), "object %lu of 128 bytes in pfn %lu: of a/b",
		 ((unsigned long)accounted & (MEMCGSIM_PAGE_SIZE - 1)) / 128,
		 memcgsim_page_to_pfn(u->machine, page));
	holder = only(look(u), MEMCGSIM_HOLDER_OBJECT, "a/b", text);
	assert_ptr_equal(holder->object, accounted);
	assert_int_equal(holder->bytes, 128);
	assert_int_equal(holder->count, 1);
	assert_int_equal(count_kind(look(u), MEMCGSIM_HOLDER_PAGE), 0); /* the slab's own is none */
	memcgsim_kfree(accounted);
	assert_int_equal(count_kind(look(u), MEMCGSIM_HOLDER_OBJECT), 0);

	plain = memcgsim_kmalloc(8, MEMCGSIM_GFP_KERNEL);
	page = memcgsim_virt_to_head_page(u->machine, plain);
	snprintf(text, sizeof(text), "object %lu of 8 bytes in pfn %lu: of nobody",
		 ((unsigned long)plain & (MEMCGSIM_PAGE_SIZE - 1)) / 8,
		 memcgsim_page_to_pfn(u->machine, page));
	holder = only(look(u), MEMCGSIM_HOLDER_OBJECT, "-", text);
	assert_int_equal(holder->count, 0);
	memcgsim_kfree(plain);
}

/*
 * Models: O-18, holders.h. So are per-CPU objects, once for all CPUs.
 */
static void percpu_objects_are_named_with_who_pays(void **state)
{
	struct unit *u = unit_world(state, NULL);
	void *accounted = memcgsim___alloc_percpu_gfp(10, 0, MEMCGSIM_GFP_KERNEL_ACCOUNT);
	const struct memcgsim_holder *holder;
	void *plain;

	holder = only(look(u), MEMCGSIM_HOLDER_PERCPU, "a", "12 bytes on each CPU, at 0: of a");
	assert_ptr_equal(holder->object, accounted);
	assert_int_equal(holder->count, 1);
	memcgsim_free_percpu(accounted);
	plain = memcgsim___alloc_percpu(16, 0);
	holder =
		only(look(u), MEMCGSIM_HOLDER_PERCPU, "-", "16 bytes on each CPU, at 0: of nobody");
	assert_int_equal(holder->count, 0);
	memcgsim_free_percpu(plain);
}

/* Models: C-12. The stocks, pages and bytes, of the CPU that charged ahead. */
static void stocks_are_named_with_their_cpu(void **state)
{
	struct unit *u = world(state);
	const struct memcgsim_holder *holder;
	char text[64];

	memcgsim_kfree(memcgsim_kmalloc(100, ACCOUNT));
	holder = only(look(u), MEMCGSIM_HOLDER_STOCK, "a/b", "stock of CPU 1: 63 pages of a/b");
	assert_int_equal(holder->cpu, 1);
	assert_int_equal(holder->bytes, 63 * UNIT_PAGE);
	snprintf(text, sizeof(text), "stock of CPU 1: %lu bytes of a/b",
		 unit_stock(u, 1)->nr_bytes);
	holder = only(look(u), MEMCGSIM_HOLDER_BYTE_STOCK, "a/b", text);
	assert_int_equal(holder->cpu, 1);
	assert_int_equal(holder->bytes, UNIT_PAGE);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0);
	assert_int_equal(look(u)->nr, 1); /* drained: just the task */
}

/* Models: O-07, L-02. References that were taken by hand: on what, by whom, how many. */
static void takers_are_named(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_obj_cgroup *objcg = memcgsim_get_obj_cgroup_from_current();
	const struct memcgsim_holder *holder;
	struct memcgsim_mem_cgroup *memcg;

	assert_ptr_equal(memcgsim_get_obj_cgroup_from_current(), objcg);
	holder = only(look(u), MEMCGSIM_HOLDER_OBJCG_USER, "a/b",
		      "reference on the objcg of a/b: 2 taken and not put by pid 1 on CPU 1");
	assert_int_equal(holder->count, 2);
	assert_int_equal(holder->pid, 1);
	assert_int_equal(holder->cpu, 1);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q); /* they are known, and so no violation */
	memcgsim_obj_cgroup_put(objcg);
	memcgsim_obj_cgroup_put(objcg);
	assert_int_equal(count_kind(look(u), MEMCGSIM_HOLDER_OBJCG_USER), 0);

	assert_int_equal(memcgsim_switch_to(NULL), 0);
	assert_int_equal(memcgsim_mem_cgroup_from_path(u->machine, "a", &memcg), 0);
	(void)only(look(u), MEMCGSIM_HOLDER_MEMCG_USER, "a",
		   "reference on the memcg of a: 1 taken and not put by CPU 1 without a task");
	assert_int_equal(memcgsim_thread_unbind(), 0);
	memcgsim_mem_cgroup_id_get_many(memcg, 3);
	holder = only(look(u), MEMCGSIM_HOLDER_ID_USER, "a",
		      "reference on the id of a: 3 taken and not put by an unbound thread");
	assert_int_equal(holder->cpu, -1);
	memcgsim_mem_cgroup_id_put_many(memcg, 3);
	memcgsim_mem_cgroup_put(memcg);
	assert_int_equal(count_kind(look(u), MEMCGSIM_HOLDER_MEMCG_USER), 0);
}

/* Models: O-07, I-REF-OBJCG. A put too many is refused, is a bug, and stays on record. */
static void puts_in_excess_are_named(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_obj_cgroup *objcg = memcgsim_get_obj_cgroup_from_current();
	const struct memcgsim_holder *holder;

	memcgsim_obj_cgroup_put(objcg);
	unit_allow_bugs(u, 1);
	memcgsim_obj_cgroup_put(objcg);
	unit_assert_bug(u, MEMCGSIM_MISUSE);
	holder = only(look(u), MEMCGSIM_HOLDER_OBJCG_USER, "a/b",
		      "reference on the objcg of a/b: 1 put too often by pid 1 on CPU 1");
	assert_int_equal(holder->count, -1);
	unit_assert_checked(u, MEMCGSIM_CHECK_Q0); /* nothing was dropped */
	assert_int_equal(memcgsim_do_exit(u->task), 0);
	unit_rmdir(u, "a/b");
	(void)only(look(u), MEMCGSIM_HOLDER_OBJCG_USER, "-",
		   "reference on the objcg of a cgroup that is gone: 1 put too often by pid 1 on "
		   "CPU 1");
}

/* Models: O-08, O-09. What a removed cgroup left behind is its heir's; a zombie keeps its name. */
static void leftovers_of_removed_cgroups_are_named(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_page *kernel = memcgsim_alloc_pages(ACCOUNT, 0);
	struct memcgsim_page *user = memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0);
	struct report *report;

	assert_int_equal(memcgsim___mem_cgroup_charge(user, MEMCGSIM_GFP_KERNEL), 0);
	assert_int_equal(memcgsim_do_exit(u->task), 0);
	unit_rmdir(u, "a/b");
	report = look(u);
	assert_int_equal(count_kind(report, MEMCGSIM_HOLDER_PAGE), 2);
	for (unsigned int i = 0; i < report->nr; i++) {
		if (report->holders[i].object == kernel)
			assert_string_equal(report->paths[i], "a");
		if (report->holders[i].object == user)
			assert_string_equal(report->paths[i], "a/b");
	}
	memcgsim___free_pages(kernel, 0);
	memcgsim_folio_put(user);
}

/* Models: struct memcgsim_leaks. What the report names is what memcgsim_destroy() then counts. */
static void report_agrees_with_the_counts(void **state)
{
	struct unit *u = world(state);
	struct memcgsim_leaks leaks;
	struct report *report;
	unsigned long frames = 0;
	char *text, *line;
	unsigned int lines = 0;

	u->broken = true; /* destroyed here */
	assert_non_null(memcgsim_alloc_pages(ACCOUNT, 3));
	assert_non_null(memcgsim_alloc_pages(MEMCGSIM_GFP_KERNEL, 0));
	for (unsigned int i = 0; i < 5; i++)
		assert_non_null(memcgsim_kmalloc(500, i % 2 ? ACCOUNT : MEMCGSIM_GFP_KERNEL));
	assert_non_null(memcgsim_get_obj_cgroup_from_current());
	assert_int_equal(memcgsim_thread_unbind(), 0);
	report = look(u);
	assert_int_equal(memcgsim_holders_text(u->machine, &text), 0);
	for (line = text; (line = strchr(line, '\n')); line++)
		lines++;
	assert_int_equal(lines, report->nr);
	assert_int_equal(strncmp(text, report->texts[0], strlen(report->texts[0])), 0);
	free(text);
	assert_int_equal(memcgsim_destroy(u->machine, &leaks), 0);
	for (unsigned int i = 0; i < report->nr; i++) {
		if (report->holders[i].kind == MEMCGSIM_HOLDER_PAGE)
			frames += 1UL << report->holders[i].order;
	}
	assert_int_equal(frames, leaks.pages);
	assert_int_equal(count_kind(report, MEMCGSIM_HOLDER_OBJECT), leaks.objects);
	assert_int_equal(count_kind(report, MEMCGSIM_HOLDER_TASK), leaks.tasks);
	assert_int_equal(count_kind(report, MEMCGSIM_HOLDER_OBJCG_USER), leaks.objcgs);
}

/* Models: K-02. A leader that died before its threads keeps its memcg, and is told apart. */
static void zombie_is_named(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_clone_args args = { .flags = MEMCGSIM_CLONE_VM | MEMCGSIM_CLONE_THREAD };
	struct memcgsim_task *thread;
	struct report *report;

	assert_int_equal(memcgsim_kernel_clone(u->machine, u->task, &args, &thread), 0);
	assert_int_equal(memcgsim_do_exit(u->task), 0);
	report = look(u);
	assert_int_equal(report->nr, 2);
	assert_string_equal(report->texts[0], "pid 2: charged to a");
	assert_string_equal(report->texts[1], "pid 1: a zombie that keeps a");
}

/* Models: get_task_mm(), mmput(). References on an mm, with and without an owner. */
static void references_on_an_mm_are_counted(void **state)
{
	struct unit *u = unit_world(state, NULL);
	struct memcgsim_mm *mm = memcgsim_get_task_mm(u->task);
	struct memcgsim_leaks leaks;
	struct report *report;

	assert_ptr_equal(memcgsim_get_task_mm(u->task), mm);
	(void)only(look(u), MEMCGSIM_HOLDER_MM_USER, "-", "2 references on the mm of pid 1");
	memcgsim_mmput(mm);
	memcgsim_mmput(NULL);
	assert_int_equal(memcgsim_do_exit(u->task), 0);
	report = look(u);
	(void)only(report, MEMCGSIM_HOLDER_MM_USER, "-", "1 references on the mm of pid 0");
	unit_clear(u);
	assert_int_equal(memcgsim_destroy(u->machine, &leaks), 0);
	assert_int_equal(leaks.mms, 1);
	u->broken = true;
}

/* Models: L-08. A slot holds the id that it has recorded, and through it a memcg whose directory is gone. */
static void slots_are_named_with_who_pays(void **state)
{
	struct unit *u = world_of(state, "v6.12");
	struct memcgsim_page *page = memcgsim_alloc_pages(MEMCGSIM_GFP_USER, 0);
	const struct memcgsim_holder *holder;

	assert_int_equal(memcgsim___mem_cgroup_charge(page, MEMCGSIM_GFP_USER), 0);
	memcgsim_folio_lock(page);
	assert_true(memcgsim_add_to_swap(page));
	holder = only(look(u), MEMCGSIM_HOLDER_SWAP, "a/b", "swap slot 1: of a/b");
	assert_int_equal(holder->pfn, 1);
	assert_int_equal(holder->count, 1);
	assert_int_equal(holder->bytes, UNIT_PAGE);
	memcgsim_delete_from_swap_cache(page);
	assert_int_equal(count_kind(look(u), MEMCGSIM_HOLDER_SWAP), 0);
	memcgsim_folio_unlock(page);
	memcgsim_folio_put(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		unit_case(task_is_named),
		unit_case(pages_are_named_with_who_pays),
		unit_case(objects_are_named_with_who_pays),
		unit_case(percpu_objects_are_named_with_who_pays),
		unit_case(slots_are_named_with_who_pays),
		unit_case(stocks_are_named_with_their_cpu),
		unit_case(takers_are_named),
		unit_case(puts_in_excess_are_named),
		unit_case(leftovers_of_removed_cgroups_are_named),
		unit_case(report_agrees_with_the_counts),
		unit_case(zombie_is_named),
		unit_case(references_on_an_mm_are_counted),
	};

	return cmocka_run_group_tests_name("holders", tests, NULL, NULL);
}
