/* SPDX-License-Identifier: MIT */
/*
 * Owns nothing: the invariants of what is swapped out. Called by check with the machine at rest and the
 * cgroup mutex held.
 */
#include "verify/invariant.h"

/*
 * Of the dying too: slots are uncharged from whom they name, and nobody inherits them. Where memory and
 * swap share a counter, see I-MEMSW.
 */
void msim_check_swap(struct check *check)
{
	struct msim_list *pos;

	if (!check->machine->variant->charge_swap)
		return;
	msim_expect(check, 0, (long)check->census.lost_records, "slots name an id that nobody has",
		    "the swap area");
	msim_list_for_each (pos, &check->machine->memcgs) {
		const struct memcgsim_mem_cgroup *memcg =
			msim_list_entry(pos, struct memcgsim_mem_cgroup, node);

		msim_expect(check, msim_census_of(&check->census, memcg)->subtree_swap_slots,
			    msim_load_relaxed(&memcg->swap.usage),
			    "the swap counter is not the sum of the slots that name its subtree",
			    "%s", msim_name_of(memcg));
	}
}
