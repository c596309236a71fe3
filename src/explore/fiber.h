/* SPDX-License-Identifier: MIT */
/*
 * Fibers: several stacks on one thread, and a switch between them that saves what a call saves.
 * x86-64 has a switch of its own; elsewhere, and with MSIM_UCONTEXT, it is swapcontext().
 */
#ifndef MSIM_EXPLORE_FIBER_H
#define MSIM_EXPLORE_FIBER_H

#include <stddef.h>

#if !defined(__x86_64__) && !defined(MSIM_UCONTEXT)
#define MSIM_UCONTEXT 1
#endif

#ifdef MSIM_UCONTEXT
#include <ucontext.h>
#endif

struct msim_fiber {
	char *stack; /* NULL: the thread's own */
	size_t stack_bytes;
	void *sp; /* while it does not run */
#ifdef MSIM_UCONTEXT
	ucontext_t context;
	ucontext_t saved_context;
#endif
	void (*entry)(void *arg);
	void *arg;
	/* What msim_fiber_save() keeps: the live end of the stack. */
	char *saved;
	void *saved_sp;
	size_t saved_bytes;
	void *fake_stack; /* AddressSanitizer's */
};

/* 0 or -ENOMEM. */
int msim_fiber_create(struct msim_fiber *fiber, void (*entry)(void *arg), void *arg);
void msim_fiber_destroy(struct msim_fiber *fiber);

/* Runs @to where it left off; returns when somebody switches back to @from. */
void msim_fiber_switch(struct msim_fiber *from, struct msim_fiber *to);

/* Keeps where a fiber that does not run stands; 0 or -ENOMEM. */
int msim_fiber_save(struct msim_fiber *fiber);

/* It stands there again. */
void msim_fiber_restore(struct msim_fiber *fiber);

#endif /* MSIM_EXPLORE_FIBER_H */
