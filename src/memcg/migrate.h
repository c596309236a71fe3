/* SPDX-License-Identifier: MIT */
/*
 * A page's charge when another page takes its place. Both are locked, so that nobody else moves
 * their charges. The caller holds no section and is outside RCU read sections.
 */
#ifndef MSIM_MEMCG_MIGRATE_H
#define MSIM_MEMCG_MIGRATE_H

#include "types.h"

/* Whether the two may change places at all; reports why not. */
bool msim_vet_replacement(struct msim_ctx *ctx, const struct memcgsim_page *old,
			  const struct memcgsim_page *new_page);

/* Charges @new_page as @old is, whatever the limits say; @old keeps its charge until it is freed (U-04). */
void msim_charge_replacement(struct msim_ctx *ctx, struct memcgsim_page *old,
			     struct memcgsim_page *new_page);

/* @new_page takes over charge and reference, and @old is nobody's; no counter changes (U-05). */
void msim_move_charge(struct msim_ctx *ctx, struct memcgsim_page *old,
		      struct memcgsim_page *new_page);

#endif /* MSIM_MEMCG_MIGRATE_H */
