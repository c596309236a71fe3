/* SPDX-License-Identifier: MIT */
/*
 * libmemcgsim: Linux's page allocator and memory cgroups, in userspace. Everything but the bare
 * kernel names, which <memcgsim/kernel.h> maps for those who ask.
 */
#ifndef MEMCGSIM_MEMCGSIM_H
#define MEMCGSIM_MEMCGSIM_H

#define MEMCGSIM_VERSION "0.1.0"

#include <memcgsim/types.h>
#include <memcgsim/machine.h>
#include <memcgsim/task.h>
#include <memcgsim/page.h>
#include <memcgsim/pageblock.h>
#include <memcgsim/page_flags.h>
#include <memcgsim/zone.h>
#include <memcgsim/memcg.h>
#include <memcgsim/css.h>
#include <memcgsim/limit.h>
#include <memcgsim/hooks.h>
#include <memcgsim/oom.h>
#include <memcgsim/charge.h>
#include <memcgsim/folio.h>
#include <memcgsim/history.h>
#include <memcgsim/swap.h>
#include <memcgsim/memcg_data.h>
#include <memcgsim/objcg.h>
#include <memcgsim/slab.h>
#include <memcgsim/kmem_cache.h>
#include <memcgsim/percpu.h>
#include <memcgsim/vmalloc.h>
#include <memcgsim/cgroupfs.h>
#include <memcgsim/check.h>
#include <memcgsim/holders.h>
#include <memcgsim/trace.h>
#include <memcgsim/fault.h>

#endif /* MEMCGSIM_MEMCGSIM_H */
