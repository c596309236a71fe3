/* SPDX-License-Identifier: MIT */
/*
 * Stub.
 */
#include "explore/happens.h"

void msim_happens_begin(struct msim_run *run)
{
	(void)run;
}

void msim_happens_acquire(struct msim_run *run, const volatile void *word)
{
	(void)run;
	(void)word;
}

void msim_happens_release(struct msim_run *run, const volatile void *word)
{
	(void)run;
	(void)word;
}

void msim_happens_fence(struct msim_run *run)
{
	(void)run;
}

void msim_happens_plain(struct msim_run *run, const volatile void *address, size_t bytes,
			bool write)
{
	(void)run;
	(void)address;
	(void)bytes;
	(void)write;
}
