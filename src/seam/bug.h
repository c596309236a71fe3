/* SPDX-License-Identifier: MIT */
/*
 * Simulated assertions: a VM_BUG_ON or WARN_ON_ONCE that fires is data. The handler hears of it at
 * once if no lock is held, else at the next point where none is; in a build without checks, which
 * does not know what is held, when somebody asks. Each macro's value is the condition, so that the
 * caller can refuse to go on.
 */
#ifndef MSIM_SEAM_BUG_H
#define MSIM_SEAM_BUG_H

#include "types.h"

msim_cold void msim_bug(struct memcgsim *machine, enum memcgsim_bug_kind kind, const char *what,
			const char *function, const void *object);

/* A WARN that is told each time, as the kernel's WARN() is. */
msim_cold void msim_warn(struct memcgsim *machine, const char *what, const char *function,
			 const void *object);

/* Tells the handler what it has not heard yet. No lock held. */
void msim_bugs_tell(struct memcgsim *machine);

/* Two levels, so that the text is the condition as written, not as expanded. */
#define msim_bug_if(machine, kind, cond, what, function, object)                                   \
	(unlikely(cond) ? (msim_bug(machine, kind, what, function, object), true) : false)

#define msim_vm_bug_on(machine, cond, object)                                                      \
	msim_bug_if(machine, MEMCGSIM_VM_BUG, cond, #cond, __func__, object)
#define msim_warn_on_once(machine, cond, object)                                                   \
	msim_bug_if(machine, MEMCGSIM_WARN, cond, #cond, __func__, object)

#endif /* MSIM_SEAM_BUG_H */
