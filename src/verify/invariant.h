/* SPDX-License-Identifier: MIT */
/*
 * What every invariant's function needs, and the functions: each evaluates one equation over a
 * machine at rest and reports where it does not hold. The equations stand in check.c's catalogue.
 */
#ifndef MSIM_VERIFY_INVARIANT_H
#define MSIM_VERIFY_INVARIANT_H

#include "types.h"
#include "verify/census.h"

/* One evaluation of the catalogue. */
struct check {
	struct memcgsim *machine;
	const struct memcgsim_invariant *invariant;
	struct msim_census census;
	long violations;
	void (*report)(const struct memcgsim_violation *violation, void *arg);
	void *arg;
};

/* Reports unless @found is @expected; @object, formatted, says of what. */
__attribute__((format(printf, 5, 6))) void msim_expect(struct check *check, long expected,
						       long found, const char *detail,
						       const char *object, ...);

/* How a memcg is called in a report: by its directory. */
const char *msim_name_of(const struct memcgsim_mem_cgroup *memcg);

/* Those of the frames ... */
void msim_check_noboth(struct check *check);
void msim_check_compound(struct check *check);
void msim_check_pcp(struct check *check);
void msim_check_pcp_high(struct check *check);
void msim_check_pcp_nochg(struct check *check);
void msim_check_pages(struct check *check);
void msim_check_buddy(struct check *check);
void msim_check_buddy_max(struct check *check);
void msim_check_buddy_type(struct check *check);
void msim_check_buddy_count(struct check *check);

/* ... those of the LRU lists and of swap ... */
void msim_check_lru(struct check *check);
void msim_check_lru_dead(struct check *check);
void msim_check_swap(struct check *check);

/* ... those of 2012 to 2014 ... */
void msim_check_memsw(struct check *check);
void msim_check_record(struct check *check);

/* ... and those of the memcgs. */
void msim_check_tag(struct check *check);
void msim_check_tag_tail(struct check *check);
void msim_check_id_life(struct check *check);
void msim_check_ref_id(struct check *check);
void msim_check_counter(struct check *check);
void msim_check_kmem(struct check *check);
void msim_check_stat(struct check *check);
void msim_check_obj_pages(struct check *check);
void msim_check_hier(struct check *check);
void msim_check_nonneg(struct check *check);
void msim_check_watermark(struct check *check);
void msim_check_prot(struct check *check);
void msim_check_limit(struct check *check);
void msim_check_ref_objcg(struct check *check);
void msim_check_ref_css(struct check *check);
void msim_check_free_eventual(struct check *check);
void msim_check_task_objcg(struct check *check);
void msim_check_task_exit(struct check *check);
void msim_check_mm(struct check *check);
void msim_check_reparent(struct check *check);
void msim_check_tree(struct check *check);
void msim_check_stock(struct check *check);
void msim_check_vec(struct check *check);

#endif /* MSIM_VERIFY_INVARIANT_H */
