/* SPDX-License-Identifier: MIT */
/*
 * Address space that costs nothing until it is touched.
 */
#ifndef MSIM_BASE_LAZY_H
#define MSIM_BASE_LAZY_H

#include <stddef.h>

/*
 * Zeroed, page-aligned, without reservation and without huge pages; NULL if there is no address
 * space.
 */
void *msim_lazy_map(size_t size_bytes);
void msim_lazy_unmap(void *map, size_t size_bytes);

#endif /* MSIM_BASE_LAZY_H */
