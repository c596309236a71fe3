/* SPDX-License-Identifier: MIT */
/*
 * Owns the handlers of SIGSEGV, SIGBUS and SIGABRT while an exploration is open. Those of faults run
 * on a stack of their own, since the fault may be a fiber's stack that has no more room.
 */
#include "explore/crash.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

static struct {
	bool (*fault)(void *address);
	void (*last)(void *address);
	void (*aborted)(void);
	struct sigaction old_segv, old_bus, old_abrt;
	stack_t old_stack;
	char stack[65536];
} crash;

void msim_crash_set_fault_handler(bool (*handler)(void *address))
{
	crash.fault = handler;
}

void msim_crash_set_last_handler(void (*handler)(void *address))
{
	crash.last = handler;
}

void msim_crash_set_abort_handler(void (*handler)(void))
{
	crash.aborted = handler;
}

static void on_abort(int signal)
{
	if (crash.aborted)
		crash.aborted();
	sigaction(signal, &crash.old_abrt, NULL); /* and abort() goes on */
}

static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)context;
	if (crash.fault && crash.fault(info->si_addr))
		return;
	if (crash.last)
		crash.last(info->si_addr);
	/* Nobody's: the access is made again, and ends the process as it would have. */
	sigaction(signal, signal == SIGSEGV ? &crash.old_segv : &crash.old_bus, NULL);
}

void msim_crash_open(void)
{
	struct sigaction action = { .sa_sigaction = on_signal,
				    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
	struct sigaction abrt = { .sa_handler = on_abort, .sa_flags = SA_NODEFER };
	stack_t stack = { .ss_sp = crash.stack, .ss_size = sizeof(crash.stack) };

	sigemptyset(&action.sa_mask);
	sigaltstack(&stack, &crash.old_stack);
	sigaction(SIGSEGV, &action, &crash.old_segv);
	sigaction(SIGBUS, &action, &crash.old_bus);
	sigemptyset(&abrt.sa_mask);
	sigaction(SIGABRT, &abrt, &crash.old_abrt);
}

void msim_crash_close(void)
{
	sigaction(SIGSEGV, &crash.old_segv, NULL);
	sigaction(SIGBUS, &crash.old_bus, NULL);
	sigaction(SIGABRT, &crash.old_abrt, NULL);
	sigaltstack(&crash.old_stack, NULL);
	crash.fault = NULL;
	crash.last = NULL;
	crash.aborted = NULL;
}
