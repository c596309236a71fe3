/* SPDX-License-Identifier: MIT */
/*
 * A subject of the explorer that is no race of the library's: each file under tests/explore that is
 * named in one of the lists of its meson.build defines one, SUBJECT(file) = { ... }.
 */
#ifndef MSIM_TESTS_SUBJECT_H
#define MSIM_TESTS_SUBJECT_H

#include <memcgsim/explore.h>

#define SUBJECT(name_) const struct memcgsim_subject subject_##name_

#endif /* MSIM_TESTS_SUBJECT_H */
