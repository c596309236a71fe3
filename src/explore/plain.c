/* SPDX-License-Identifier: MIT */
/*
 * Owns the functions that the compiler calls at each access in a source that is compiled with
 * -fsanitize=thread but not linked with it: here they report plain accesses to the run that watches
 * them. Atomic accesses are made and no more: the seam has announced them. What libc does (memcpy,
 * memset) is announced by nobody.
 *
 * The prototypes are ThreadSanitizer's, of gcc and of clang; no header has them.
 */
#include <stdint.h>
#include <string.h>

#include "explore/shadow.h"
#include "explore/step.h"

static inline void watch(const volatile void *address, size_t bytes, bool write, const void *pc)
{
	if (msim_searching && msim_searching->subject->plain)
		msim_shadow_plain(msim_searching, address, bytes, write, pc);
}

#define ACCESS(name, bytes, write)                                                                 \
	void __tsan_##name(void *address);                                                         \
	void __tsan_##name(void *address)                                                          \
	{                                                                                          \
		watch(address, bytes, write, __builtin_return_address(0));                         \
	}
#define ACCESSES(bytes)                                                                            \
	ACCESS(read##bytes, bytes, false)                                                          \
	ACCESS(write##bytes, bytes, true)                                                          \
	ACCESS(read_write##bytes, bytes, true)                                                     \
	ACCESS(volatile_read##bytes, bytes, false)                                                 \
	ACCESS(volatile_write##bytes, bytes, true)                                                 \
	ACCESS(unaligned_read##bytes, bytes, false)                                                \
	ACCESS(unaligned_write##bytes, bytes, true)                                                \
	ACCESS(unaligned_read_write##bytes, bytes, true)                                           \
	ACCESS(unaligned_volatile_read##bytes, bytes, false)                                       \
	ACCESS(unaligned_volatile_write##bytes, bytes, true)
ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)
ACCESS(vptr_read, sizeof(void *), false)

#define RANGE(name, write)                                                                         \
	void __tsan_##name##_range(void *address, unsigned long bytes);                            \
	void __tsan_##name##_range(void *address, unsigned long bytes)                             \
	{                                                                                          \
		watch(address, bytes, write, __builtin_return_address(0));                         \
	}
RANGE(read, false)
RANGE(write, true)

void __tsan_vptr_update(void **address, void *value);
void __tsan_vptr_update(void **address, void *value)
{
	(void)value;
	watch(address, sizeof(*address), true, __builtin_return_address(0));
}

void __tsan_init(void);
void __tsan_init(void)
{
}

void __tsan_func_entry(void *pc);
void __tsan_func_entry(void *pc)
{
	(void)pc;
}

void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
}

/* Newer compilers announce these three, too. */
#define COPY(name)                                                                                 \
	void *__tsan_##name(void *to, const void *from, size_t bytes);                             \
	void *__tsan_##name(void *to, const void *from, size_t bytes)                              \
	{                                                                                          \
		watch(from, bytes, false, __builtin_return_address(0));                            \
		watch(to, bytes, true, __builtin_return_address(0));                               \
		return name(to, from, bytes);                                                      \
	}
COPY(memcpy)
COPY(memmove)

void *__tsan_memset(void *to, int value, size_t bytes);
void *__tsan_memset(void *to, int value, size_t bytes)
{
	watch(to, bytes, true, __builtin_return_address(0));
	return memset(to, value, bytes);
}

#define FETCH(bits, op)                                                                            \
	uint##bits##_t __tsan_atomic##bits##_fetch_##op(volatile uint##bits##_t *word,             \
							uint##bits##_t value, int order);          \
	uint##bits##_t __tsan_atomic##bits##_fetch_##op(volatile uint##bits##_t *word,             \
							uint##bits##_t value, int order)           \
	{                                                                                          \
		(void)order;                                                                       \
		return __atomic_fetch_##op(word, value, __ATOMIC_SEQ_CST);                         \
	}
#define COMPARE(bits, strength, weak)                                                              \
	int __tsan_atomic##bits##_compare_exchange_##strength(                                     \
		volatile uint##bits##_t *word, uint##bits##_t *expected, uint##bits##_t value,     \
		int order, int failure_order);                                                     \
	int __tsan_atomic##bits##_compare_exchange_##strength(                                     \
		volatile uint##bits##_t *word, uint##bits##_t *expected, uint##bits##_t value,     \
		int order, int failure_order)                                                      \
	{                                                                                          \
		(void)order;                                                                       \
		(void)failure_order;                                                               \
		return __atomic_compare_exchange_n(word, expected, value, weak, __ATOMIC_SEQ_CST,  \
						   __ATOMIC_SEQ_CST);                              \
	}
#define ATOMICS(bits)                                                                              \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *word, int order); \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *word, int order)  \
	{                                                                                          \
		(void)order;                                                                       \
		return __atomic_load_n(word, __ATOMIC_SEQ_CST);                                    \
	}                                                                                          \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *word, uint##bits##_t value,      \
					 int order);                                               \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *word, uint##bits##_t value,      \
					 int order)                                                \
	{                                                                                          \
		(void)order;                                                                       \
		__atomic_store_n(word, value, __ATOMIC_RELAXED); /* one thread runs them all */    \
	}                                                                                          \
	uint##bits##_t __tsan_atomic##bits##_exchange(volatile uint##bits##_t *word,               \
						      uint##bits##_t value, int order);            \
	uint##bits##_t __tsan_atomic##bits##_exchange(volatile uint##bits##_t *word,               \
						      uint##bits##_t value, int order)             \
	{                                                                                          \
		(void)order;                                                                       \
		return __atomic_exchange_n(word, value, __ATOMIC_SEQ_CST);                         \
	}                                                                                          \
	uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(                                 \
		volatile uint##bits##_t *word, uint##bits##_t expected, uint##bits##_t value,      \
		int order, int failure_order);                                                     \
	uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(                                 \
		volatile uint##bits##_t *word, uint##bits##_t expected, uint##bits##_t value,      \
		int order, int failure_order)                                                      \
	{                                                                                          \
		(void)order;                                                                       \
		(void)failure_order;                                                               \
		__atomic_compare_exchange_n(word, &expected, value, false, __ATOMIC_SEQ_CST,       \
					    __ATOMIC_SEQ_CST);                                     \
		return expected;                                                                   \
	}                                                                                          \
	COMPARE(bits, strong, false)                                                               \
	COMPARE(bits, weak, true)                                                                  \
	FETCH(bits, add)                                                                           \
	FETCH(bits, sub)                                                                           \
	FETCH(bits, or)                                                                            \
	FETCH(bits, and)                                                                           \
	FETCH(bits, xor)                                                                           \
	FETCH(bits, nand)
ATOMICS(8)
ATOMICS(16)
ATOMICS(32)
ATOMICS(64)

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
	(void)order;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
	(void)order;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}
