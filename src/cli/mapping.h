/* SPDX-License-Identifier: MIT */
/*
 * What experiments 000 and 001 do on both of their kernels: charge kernel memory and map it.
 */
#ifndef MSIM_CLI_MAPPING_H
#define MSIM_CLI_MAPPING_H

#include "cli/experiment.h"

#define MAPPING_BEFORE "v5.10"
#define MAPPING_AFTER  "v5.11"
#define MAPPING_PAGES  64 /* of a bpf map */

/* A bpf map's memory, zeroed and meant to be mapped; charged or not. */
void *mapping_area(bool charged);

/* How many of its pages can be mapped at once: all or none. They are unmapped again. */
unsigned long mapping_of_area(const void *area);

/* Whether one page can be mapped, and unmapped again. */
bool mapping_of_page(struct memcgsim_page *page);

/*
 * How many of a page table, a guard page and an offline page can be mapped, on whatever machine the
 * thread is bound to.
 */
unsigned int mapping_of_typed_pages(void);

/* How many bits of the word that counts mappings are page types, on that machine. */
unsigned int mapping_types(const struct stage *stage);

#endif /* MSIM_CLI_MAPPING_H */
