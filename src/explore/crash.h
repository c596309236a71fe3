/* SPDX-License-Identifier: MIT */
/*
 * Addresses that cannot be used: of a page whose first write is to be noticed, or nobody's.
 */
#ifndef MSIM_EXPLORE_CRASH_H
#define MSIM_EXPLORE_CRASH_H

#include <stdbool.h>

/* Takes a fault: true if the access may be tried again. NULL: nobody does. */
void msim_crash_set_fault_handler(bool (*handler)(void *address));

/* Takes what the first handler does not, and does not return. NULL: the process ends. */
void msim_crash_set_last_handler(void (*handler)(void *address));

/* Takes an abort(), of an assert() for instance, and does not return. NULL: the process ends. */
void msim_crash_set_abort_handler(void (*handler)(void));

/* In between the handlers are asked at each SIGSEGV, SIGBUS and SIGABRT. */
void msim_crash_open(void);
void msim_crash_close(void);

#endif /* MSIM_EXPLORE_CRASH_H */
