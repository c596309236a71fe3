/* SPDX-License-Identifier: MIT */
/*
 * Owns the stacks of fibers and the switch between them. One thread only. AddressSanitizer is told
 * of each switch, and forgets what it knew of a stack that is put back.
 */
#include "explore/fiber.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/assert.h"

#define STACK_BYTES (256UL * 1024)
#define GUARD_BYTES 4096UL
/* What swapcontext() and its caller have of the stack, below the frame of the latter. */
#define SWAP_FRAME_BYTES 1024UL

#if defined(__SANITIZE_ADDRESS__)
#define FIBER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#endif
#endif
#ifndef FIBER_ASAN
#define FIBER_ASAN 0
#endif

#if FIBER_ASAN
void __sanitizer_start_switch_fiber(void **fake_stack_save, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(void *fake_stack, const void **bottom_old, size_t *size_old);
void __asan_unpoison_memory_region(const volatile void *address, size_t size);

/* The thread's own stack, as learned from the first switch away from it. */
static const void *thread_bottom;
static size_t thread_bytes;
static struct msim_fiber *leaving;

static void before_switch(struct msim_fiber *from, struct msim_fiber *to)
{
	leaving = from;
	__sanitizer_start_switch_fiber(&from->fake_stack, to->stack ? to->stack : thread_bottom,
				       to->stack ? to->stack_bytes : thread_bytes);
}

static void after_switch(struct msim_fiber *to)
{
	const void *bottom;
	size_t bytes;

	__sanitizer_finish_switch_fiber(to ? to->fake_stack : NULL, &bottom, &bytes);
	if (leaving && !leaving->stack) {
		thread_bottom = bottom;
		thread_bytes = bytes;
	}
}
#else
static void before_switch(struct msim_fiber *from, struct msim_fiber *to)
{
	(void)from;
	(void)to;
}

static void after_switch(struct msim_fiber *to)
{
	(void)to;
}
#endif

/* Where a new fiber begins, and never returns from. */
static void begin(struct msim_fiber *fiber)
{
	after_switch(NULL);
	fiber->entry(fiber->arg);
	msim_assert(!"a fiber's entry returned");
}

#ifdef MSIM_UCONTEXT
static void begin_context(unsigned int high, unsigned int low)
{
	begin((struct msim_fiber *)(((uintptr_t)high << 32) | low));
}

static void make(struct msim_fiber *fiber)
{
	uintptr_t self = (uintptr_t)fiber;

	getcontext(&fiber->context);
	fiber->context.uc_stack.ss_sp = fiber->stack;
	fiber->context.uc_stack.ss_size = fiber->stack_bytes;
	fiber->context.uc_link = NULL;
	makecontext(&fiber->context, (void (*)(void))begin_context, 2, (unsigned int)(self >> 32),
		    (unsigned int)self);
}

static __attribute__((noinline)) void swap(struct msim_fiber *from, struct msim_fiber *to)
{
	int err;

	from->sp = __builtin_frame_address(0);
	err = swapcontext(&from->context, &to->context);
	msim_assert(err == 0);
}
#else
/*
 * Saves what the calling convention says a call keeps, on the stack of who calls, and takes the
 * same from the stack of whom it switches to.
 */
void msim_fiber_swap(void **from_sp, void *to_sp);
__asm__(".text\n"
	".align 16\n"
	".globl msim_fiber_swap\n"
	".type msim_fiber_swap, @function\n"
	"msim_fiber_swap:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size msim_fiber_swap, . - msim_fiber_swap\n"
	".globl msim_fiber_entry\n"
	".type msim_fiber_entry, @function\n"
	"msim_fiber_entry:\n"
	"	movq %rbx, %rdi\n" /* the fiber */
	"	call *%r12\n"	   /* begin(); it does not return */
	"	ud2\n"
	".size msim_fiber_entry, . - msim_fiber_entry\n");
void msim_fiber_entry(void);

static void make(struct msim_fiber *fiber)
{
	/* What msim_fiber_swap() pops, r15 first, then the address it returns to: aligned there. */
	void **sp = (void **)(fiber->stack + fiber->stack_bytes) - 9;

	memset(sp, 0, 9 * sizeof(*sp));
	sp[3] = (void *)(uintptr_t)begin; /* r12 */
	sp[4] = fiber;			  /* rbx */
	sp[6] = (void *)(uintptr_t)msim_fiber_entry;
	fiber->sp = sp;
}

static void swap(struct msim_fiber *from, struct msim_fiber *to)
{
	msim_fiber_swap(&from->sp, to->sp);
}
#endif

int msim_fiber_create(struct msim_fiber *fiber, void (*entry)(void *arg), void *arg)
{
	char *map;

	memset(fiber, 0, sizeof(*fiber));
	map = mmap(NULL, STACK_BYTES + GUARD_BYTES, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		return -ENOMEM;
	if (mprotect(map, GUARD_BYTES, PROT_NONE)) {
		munmap(map, STACK_BYTES + GUARD_BYTES);
		return -ENOMEM;
	}
	fiber->stack = map + GUARD_BYTES;
	fiber->stack_bytes = STACK_BYTES;
	fiber->entry = entry;
	fiber->arg = arg;
	make(fiber);
	return 0;
}

/* Frames that were left in the middle have poisoned what they do not use. */
static void unpoison(const struct msim_fiber *fiber)
{
#if FIBER_ASAN
	__asan_unpoison_memory_region(fiber->stack, fiber->stack_bytes);
#else
	(void)fiber;
#endif
}

void msim_fiber_destroy(struct msim_fiber *fiber)
{
	if (!fiber->stack)
		return;
	unpoison(fiber); /* for whoever has these addresses next */
	munmap(fiber->stack - GUARD_BYTES, STACK_BYTES + GUARD_BYTES);
	free(fiber->saved);
	memset(fiber, 0, sizeof(*fiber));
}

void msim_fiber_switch(struct msim_fiber *from, struct msim_fiber *to)
{
	before_switch(from, to);
	swap(from, to);
	after_switch(from);
}

/* Word by word: what copies memory for AddressSanitizer looks at the red zones of frames. */
static __attribute__((no_sanitize("address"))) void copy_stack(void *to, const void *from,
							       size_t bytes)
{
	uint64_t *words = to;
	const uint64_t *source = from;

	for (size_t i = 0; i < bytes / sizeof(*words); i++)
		words[i] = source[i];
}

int msim_fiber_save(struct msim_fiber *fiber)
{
	char *top = fiber->stack + fiber->stack_bytes;
	char *low = (char *)((uintptr_t)fiber->sp & ~(uintptr_t)15);

#ifdef MSIM_UCONTEXT
	fiber->saved_context = fiber->context;
	low -= SWAP_FRAME_BYTES;
#endif
	fiber->saved_sp = fiber->sp;
	fiber->saved_bytes = (size_t)(top - low);
	fiber->saved = malloc(fiber->saved_bytes);
	if (!fiber->saved)
		return -ENOMEM;
	copy_stack(fiber->saved, low, fiber->saved_bytes);
	return 0;
}

void msim_fiber_restore(struct msim_fiber *fiber)
{
	char *low = fiber->stack + fiber->stack_bytes - fiber->saved_bytes;

	unpoison(fiber);
#ifdef MSIM_UCONTEXT
	fiber->context = fiber->saved_context;
#else
	fiber->sp = fiber->saved_sp;
#endif
	copy_stack(low, fiber->saved, fiber->saved_bytes);
}
