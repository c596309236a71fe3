/* SPDX-License-Identifier: MIT */
/*
 * Who pays for a frame, beside the frame: before page->memcg_data there was an array of its own.
 */
#ifndef MSIM_HISTORY_PAGE_CGROUP_H
#define MSIM_HISTORY_PAGE_CGROUP_H

#include "types.h"
#include "frames/page.h"

/* Never NULL on a v1 machine. */
static inline struct msim_page_cgroup *msim_page_cgroup(const struct memcgsim *machine,
							const struct memcgsim_page *page)
{
	msim_assert_full(machine->variant->v1);
	return &machine->page_cgroups[msim_pfn(machine, page)];
}

#endif /* MSIM_HISTORY_PAGE_CGROUP_H */
