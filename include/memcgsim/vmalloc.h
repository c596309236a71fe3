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

/* Of an area: it may be mapped to userspace. */
#define MEMCGSIM_VM_USERMAP 0x1UL

/**
 * memcgsim___vmalloc_node_range() - the same with a word on what the area is for
 * @size_bytes: how much
 * @gfp: as memcgsim___vmalloc()
 * @vm_flags: %MEMCGSIM_VM_USERMAP, or 0
 *
 * With %MEMCGSIM___GFP_ACCOUNT, %MEMCGSIM___GFP_ZERO and %MEMCGSIM_VM_USERMAP, and a whole number of pages,
 * this is the memory of a bpf map that can be mapped.
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: as memcgsim___vmalloc()
 * Models: __vmalloc_node_range(), mm/vmalloc.c; bpf_map_area_mmapable_alloc(), kernel/bpf/syscall.c (V-01,
 * V-03)
 * Differs: as memcgsim___vmalloc(); without the parameters for addresses, protection and node
 */
MEMCGSIM_MUST_CHECK void *memcgsim___vmalloc_node_range(unsigned long size_bytes,
							memcgsim_gfp_t gfp, unsigned long vm_flags);

/**
 * memcgsim_vmalloc_user() - memory for userspace to see, which nobody is charged for
 * @size_bytes: how much
 *
 * Context: a bound thread, outside RCU read sections.
 * Return: as memcgsim___vmalloc()
 * Models: vmalloc_user(), mm/vmalloc.c (V-01, V-03)
 * Differs: as memcgsim___vmalloc()
 */
MEMCGSIM_MUST_CHECK void *memcgsim_vmalloc_user(unsigned long size_bytes);

/**
 * memcgsim_remap_vmalloc_range() - map an area to userspace, page by page
 * @ptes: where the pages are noted that are mapped: the caller's array stands for the page table. Written
 * only on success
 * @nr_ptes: how many pages
 * @address: where the area begins
 * @pgoff: the first page of the area to be mapped
 *
 * All or nothing: if a page is refused, as an accounted one is in v5.10, those before it are unmapped
 * again, as a failing mmap() does with what it has mapped. What is mapped has a reference and outlives
 * the area.
 *
 * Context: a bound thread, outside RCU read sections; the caller keeps the area meanwhile.
 * Return: 0; -EINVAL for no page, an address that is no area's beginning, an area without
 * %MEMCGSIM_VM_USERMAP, pages beyond its end, and a page that may not be mapped (B-08).
 * Models: remap_vmalloc_range(), mm/vmalloc.c, and mmap_region()'s way out, mm/mmap.c (V-03, V-04)
 * Differs: there is no address space; the kernel takes an address within an area as well, and then counts
 * pages from there
 */
MEMCGSIM_MUST_CHECK int memcgsim_remap_vmalloc_range(struct memcgsim_page **ptes,
						     unsigned long nr_ptes, const void *address,
						     unsigned long pgoff);

/**
 * memcgsim_zap_page_range() - unmap pages, and drop the references that the mappings had
 * @ptes: the pages; each becomes NULL, and NULL is passed over
 * @nr_ptes: how many
 *
 * A page whose area was freed meanwhile is uncharged and freed here.
 *
 * Context: a bound thread, outside RCU read sections.
 * Models: zap_page_range_single(), mm/memory.c (V-03)
 * Differs: as memcgsim_remap_vmalloc_range()
 */
void memcgsim_zap_page_range(struct memcgsim_page **ptes, unsigned long nr_ptes);

/**
 * memcgsim_vfree() - free what memcgsim___vmalloc() gave, page by page
 * @address: the address, or NULL
 *
 * Each page is uncharged from whoever is charged for it by then. One that is still mapped is that by a
 * reference: it stays, charged, until it is unmapped; and if the reference was put without unmapping it is
 * a simulated bug, and left out (B-35). An address that no area begins at is a WARN each time.
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
