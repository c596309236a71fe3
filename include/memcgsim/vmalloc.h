/* SPDX-License-Identifier: MIT */
/*
 * Memory made of single pages that a range of addresses joins.
 */
#ifndef MEMCGSIM_VMALLOC_H
#define MEMCGSIM_VMALLOC_H

#include <memcgsim/types.h>

MEMCGSIM_BEGIN_DECLS

/**
 * memcgsim___vmalloc() - allocate pages and addresses that follow each other
 * @size_bytes: how much; rounded up to pages
 * @gfp: with %MEMCGSIM___GFP_ACCOUNT each page is charged by itself to the current task's memcg, and
 * memory.stat has it as `vmalloc`. The array of pages is never charged
 *
 * The pages come one by one, in bulk where they are not charged; if one is wanting those before it
 * are freed. Each may be mapped like any other: memcgsim_vmalloc_to_page() tells which it is.
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: usable, zeroed memory at a page's border, or NULL: out of memory, charge refused, more
 * than the machine has, or (a WARN) a size of 0.
 * Models: __vmalloc(), __vmalloc_area_node(), vm_area_alloc_pages(), mm/vmalloc.c (V-01, V-02)
 * Differs: the memory at the addresses is the host's own: what is written there is not seen at
 * memcgsim_page_address() of the pages; no huge pages
 */
MEMCGSIM_MUST_CHECK void *memcgsim___vmalloc(unsigned long size_bytes, memcgsim_gfp_t gfp);

/**
 * memcgsim_vmalloc() - the same for %MEMCGSIM_GFP_KERNEL
 * @size_bytes: how much
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: as memcgsim___vmalloc()
 * Models: vmalloc() (V-01)
 * Differs: as memcgsim___vmalloc()
 */
MEMCGSIM_MUST_CHECK void *memcgsim_vmalloc(unsigned long size_bytes);

/**
 * memcgsim_vfree() - free what memcgsim___vmalloc() gave, page by page
 * @address: the address, or NULL
 *
 * Each page is uncharged from whoever is charged for it by then. One that is still mapped is a
 * simulated bug, and left out (B-35). An address that no area begins at is a WARN each time.
 *
 * Context: a bound thread, outside RCU read sections; any CPU and task may free what another
 * allocated.
 * Models: vfree(), mm/vmalloc.c (V-01, V-02, V-03)
 * Differs: none known
 */
void memcgsim_vfree(const void *address);

/**
 * memcgsim_vmalloc_to_page() - the page behind an address
 * @machine: the machine
 * @address: an address in what memcgsim___vmalloc() gave
 *
 * Context: any thread, outside RCU read sections.
 * Return: the page, or NULL if no area has the address.
 * Models: vmalloc_to_page(), mm/vmalloc.c
 * Differs: none known
 */
struct memcgsim_page *memcgsim_vmalloc_to_page(struct memcgsim *machine, const void *address);

MEMCGSIM_END_DECLS

#endif /* MEMCGSIM_VMALLOC_H */
