/* SPDX-License-Identifier: MIT */
/*
 * Numbers as the kernel's files take them.
 */
#ifndef MSIM_CGROUPFS_PARSE_H
#define MSIM_CGROUPFS_PARSE_H

#include <stddef.h>
#include <stdint.h>

/*
 * A number of bytes with an optional suffix (F-05), or "max", in pages rounded down. An empty text
 * is
 * 0. -EINVAL for anything else.
 */
int msim_parse_pages(const char *text, long *ret_pages);

/*
 * What the limits of v1 machines take: bytes with an optional suffix, rounded up to pages, or "-1" for
 * @unlimited, which is also the most there is. -EINVAL for anything else.
 */
int msim_parse_res(const char *text, uint64_t unlimited, uint64_t *ret_bytes);

/*
 * What memory.reclaim takes: a number of bytes, in pages rounded down, and any number of
 * "swappiness=0" to "swappiness=200". -EINVAL for anything else.
 */
int msim_parse_reclaim(const char *text, unsigned long *ret_pages);

/* A number of any base with an optional sign. -EINVAL for anything else, -ERANGE beyond an int. */
int msim_parse_int(const char *text, int *ret_value);

/* Copies @text without the blanks around it; @size with the final zero. Truncates. */
void msim_strip(const char *text, char *stripped, size_t size);

#endif /* MSIM_CGROUPFS_PARSE_H */
