/* SPDX-License-Identifier: MIT */
/*
 * Memory of the host. Where schedules are explored it is the explorer's, which can put it back.
 */
#ifndef MSIM_BASE_HEAP_H
#define MSIM_BASE_HEAP_H

#include <stddef.h>

/* Zeroed, aligned to 64 bytes; NULL if there is none. */
void *msim_heap_alloc(size_t size_bytes);
void msim_heap_free(void *memory);

#endif /* MSIM_BASE_HEAP_H */
