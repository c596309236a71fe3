/* SPDX-License-Identifier: MIT */
/*
 * The kernel's bare names, for code that is to read as it does there. Include it last: it defines
 * macros.
 *
 * Functions that the kernel calls without a machine take the one that the thread is bound to. Not
 * mapped, since they take a path where the kernel takes an object: cgroup_mkdir, cgroup_rmdir,
 * cgroup_attach_task, drain_all_stock, kernel_clone; nor what takes an address space there,
 * __vmalloc_node_range, remap_vmalloc_range, zap_page_range; cgroup_events_notified, which the kernel has
 * no name for; and do_exit, which ends another thread's task too. The names `page`, `list_head`,
 * `task_struct` and `current` are words that other headers' members may bear too, so they come only
 * with MEMCGSIM_KERNEL_STRUCT_NAMES defined before.
 */
#ifndef MEMCGSIM_KERNEL_H
#define MEMCGSIM_KERNEL_H

#include <memcgsim/memcgsim.h>

#define PAGE_SHIFT     MEMCGSIM_PAGE_SHIFT
#define PAGE_SIZE      MEMCGSIM_PAGE_SIZE
#define MAX_PAGE_ORDER MEMCGSIM_MAX_PAGE_ORDER
#define NR_PAGE_ORDERS MEMCGSIM_NR_PAGE_ORDERS

#define gfp_t		       memcgsim_gfp_t
#define __GFP_HIGH	       MEMCGSIM___GFP_HIGH
#define __GFP_IO	       MEMCGSIM___GFP_IO
#define __GFP_FS	       MEMCGSIM___GFP_FS
#define __GFP_DIRECT_RECLAIM   MEMCGSIM___GFP_DIRECT_RECLAIM
#define __GFP_KSWAPD_RECLAIM   MEMCGSIM___GFP_KSWAPD_RECLAIM
#define __GFP_RECLAIM	       MEMCGSIM___GFP_RECLAIM
#define __GFP_ZERO	       MEMCGSIM___GFP_ZERO
#define __GFP_COMP	       MEMCGSIM___GFP_COMP
#define __GFP_NOWARN	       MEMCGSIM___GFP_NOWARN
#define __GFP_NOFAIL	       MEMCGSIM___GFP_NOFAIL
#define __GFP_NORETRY	       MEMCGSIM___GFP_NORETRY
#define __GFP_RETRY_MAYFAIL    MEMCGSIM___GFP_RETRY_MAYFAIL
#define __GFP_ACCOUNT	       MEMCGSIM___GFP_ACCOUNT
#define __GFP_HARDWALL	       MEMCGSIM___GFP_HARDWALL
#define __GFP_MOVABLE	       MEMCGSIM___GFP_MOVABLE
#define __GFP_RECLAIMABLE      MEMCGSIM___GFP_RECLAIMABLE
#define __GFP_MEMALLOC	       MEMCGSIM___GFP_MEMALLOC
#define __GFP_NOMEMALLOC       MEMCGSIM___GFP_NOMEMALLOC
#define GFP_KERNEL	       MEMCGSIM_GFP_KERNEL
#define GFP_KERNEL_ACCOUNT     MEMCGSIM_GFP_KERNEL_ACCOUNT
#define GFP_ATOMIC	       MEMCGSIM_GFP_ATOMIC
#define GFP_NOWAIT	       MEMCGSIM_GFP_NOWAIT
#define GFP_NOIO	       MEMCGSIM_GFP_NOIO
#define GFP_NOFS	       MEMCGSIM_GFP_NOFS
#define GFP_USER	       MEMCGSIM_GFP_USER
#define GFP_HIGHUSER_MOVABLE   MEMCGSIM_GFP_HIGHUSER_MOVABLE
#define MEMCG_DATA_OBJEXTS     MEMCGSIM_MEMCG_DATA_OBJEXTS
#define MEMCG_DATA_KMEM	       MEMCGSIM_MEMCG_DATA_KMEM
#define KMALLOC_MAX_SIZE       MEMCGSIM_KMALLOC_MAX_SIZE
#define KMALLOC_MAX_CACHE_SIZE MEMCGSIM_KMALLOC_MAX_CACHE_SIZE
#define ZERO_SIZE_PTR	       MEMCGSIM_ZERO_SIZE_PTR
#define SLAB_HWCACHE_ALIGN     MEMCGSIM_SLAB_HWCACHE_ALIGN
#define SLAB_TYPESAFE_BY_RCU   MEMCGSIM_SLAB_TYPESAFE_BY_RCU
#define SLAB_ACCOUNT	       MEMCGSIM_SLAB_ACCOUNT

/* Of kernels of 2012 to 2014. */
#define page_add_new_anon_rmap	     memcgsim_page_add_new_anon_rmap
#define add_to_page_cache_locked     memcgsim_add_to_page_cache_locked
#define delete_from_page_cache	     memcgsim_delete_from_page_cache
#define replace_page_cache_page	     memcgsim_replace_page_cache_page
#define mem_cgroup_prepare_migration memcgsim_mem_cgroup_prepare_migration
#define mem_cgroup_end_migration     memcgsim_mem_cgroup_end_migration
#define lookup_page_cgroup	     memcgsim_lookup_page_cgroup

#define swp_entry_t		       memcgsim_swp_entry_t
#define folio_alloc_swap	       memcgsim_folio_alloc_swap
#define put_swap_folio		       memcgsim_put_swap_folio
#define add_to_swap		       memcgsim_add_to_swap
#define add_to_swap_cache	       memcgsim_add_to_swap_cache
#define remove_mapping		       memcgsim_remove_mapping
#define mem_cgroup_swapin_charge_folio memcgsim_mem_cgroup_swapin_charge_folio
#define delete_from_swap_cache	       memcgsim_delete_from_swap_cache
#define folio_free_swap		       memcgsim_folio_free_swap
#define folio_test_swapcache	       memcgsim_folio_test_swapcache
#define page_swap_entry		       memcgsim_page_swap_entry
#define mem_cgroup_get_nr_swap_pages   memcgsim_mem_cgroup_get_nr_swap_pages
#define mem_cgroup_swap_full	       memcgsim_mem_cgroup_swap_full
#define swapcache_prepare(entry)       memcgsim_swapcache_prepare(memcgsim_this_machine(), entry)
#define swapcache_clear(entry)	       memcgsim_swapcache_clear(memcgsim_this_machine(), entry)
#define swap_cache_get_folio(entry)    memcgsim_swap_cache_get_folio(memcgsim_this_machine(), entry)
#define mem_cgroup_swapin_uncharge_swap(entry)                                                     \
	memcgsim_mem_cgroup_swapin_uncharge_swap(memcgsim_this_machine(), entry)
#define swap_duplicate(entry)	     memcgsim_swap_duplicate(memcgsim_this_machine(), entry)
#define swap_free(entry)	     memcgsim_swap_free(memcgsim_this_machine(), entry)
#define lookup_swap_cgroup_id(entry) memcgsim_lookup_swap_cgroup_id(memcgsim_this_machine(), entry)
#define __swap_count(entry)	     memcgsim___swap_count(memcgsim_this_machine(), entry)
#define get_nr_swap_pages()	     memcgsim_get_nr_swap_pages(memcgsim_this_machine())

#define alloc_pages		    memcgsim_alloc_pages
#define __free_pages		    memcgsim___free_pages
#define folio_put		    memcgsim_folio_put
#define get_page		    memcgsim_get_page
#define try_get_page		    memcgsim_try_get_page
#define folio_try_get		    memcgsim_folio_try_get
#define put_page		    memcgsim_put_page
#define split_page		    memcgsim_split_page
#define alloc_pages_bulk_array	    memcgsim_alloc_pages_bulk_array
#define alloc_pages_bulk_list	    memcgsim_alloc_pages_bulk_list
#define put_pages_list		    memcgsim_put_pages_list
#define page_has_type		    memcgsim_page_has_type
#define __SetPageOffline	    memcgsim___SetPageOffline
#define __ClearPageOffline	    memcgsim___ClearPageOffline
#define __SetPageTable		    memcgsim___SetPageTable
#define __ClearPageTable	    memcgsim___ClearPageTable
#define __SetPageGuard		    memcgsim___SetPageGuard
#define __ClearPageGuard	    memcgsim___ClearPageGuard
#define vm_insert_page		    memcgsim_vm_insert_page
#define folio_remove_rmap_pte	    memcgsim_folio_remove_rmap_pte
#define INIT_LIST_HEAD		    memcgsim_INIT_LIST_HEAD
#define page_count		    memcgsim_page_count
#define kmalloc			    memcgsim_kmalloc
#define kfree			    memcgsim_kfree
#define kzalloc			    memcgsim_kzalloc
#define kmalloc_array		    memcgsim_kmalloc_array
#define kcalloc			    memcgsim_kcalloc
#define krealloc		    memcgsim_krealloc
#define ksize			    memcgsim_ksize
#define kfree_sensitive		    memcgsim_kfree_sensitive
#define __alloc_percpu		    memcgsim___alloc_percpu
#define __alloc_percpu_gfp	    memcgsim___alloc_percpu_gfp
#define free_percpu		    memcgsim_free_percpu
#define per_cpu_ptr		    memcgsim_per_cpu_ptr
#define vmalloc			    memcgsim_vmalloc
#define vmalloc_user		    memcgsim_vmalloc_user
#define __vmalloc		    memcgsim___vmalloc
#define vfree			    memcgsim_vfree
#define kmem_cache		    memcgsim_kmem_cache
#define slab_flags_t		    memcgsim_slab_flags_t
#define kmem_cache_destroy	    memcgsim_kmem_cache_destroy
#define kmem_cache_shrink	    memcgsim_kmem_cache_shrink
#define kmem_cache_size		    memcgsim_kmem_cache_size
#define kmem_cache_alloc	    memcgsim_kmem_cache_alloc
#define kmem_cache_zalloc	    memcgsim_kmem_cache_zalloc
#define kmem_cache_free		    memcgsim_kmem_cache_free
#define kmem_cache_alloc_bulk	    memcgsim_kmem_cache_alloc_bulk
#define kmem_cache_free_bulk	    memcgsim_kmem_cache_free_bulk
#define kmem_cache_charge	    memcgsim_kmem_cache_charge
#define __memcg_kmem_charge_page    memcgsim___memcg_kmem_charge_page
#define __memcg_kmem_uncharge_page  memcgsim___memcg_kmem_uncharge_page
#define __mem_cgroup_charge	    memcgsim___mem_cgroup_charge
#define folio_memcg		    memcgsim_folio_memcg
#define page_memcg		    memcgsim_page_memcg
#define page_memcg_rcu		    memcgsim_page_memcg_rcu
#define page_memcg_check	    memcgsim_page_memcg_check
#define folio_memcg_kmem	    memcgsim_folio_memcg_kmem
#define PageMemcgKmem		    memcgsim_PageMemcgKmem
#define PageKmemcg		    memcgsim_PageKmemcg
#define __SetPageKmemcg		    memcgsim___SetPageKmemcg
#define __ClearPageKmemcg	    memcgsim___ClearPageKmemcg
#define memcg_events_local	    memcgsim_memcg_events_local
#define PGPGIN			    MEMCGSIM_PGPGIN
#define PGPGOUT			    MEMCGSIM_PGPGOUT
#define VM_USERMAP		    MEMCGSIM_VM_USERMAP
#define page_objcgs		    memcgsim_page_objcgs
#define page_objcgs_check	    memcgsim_page_objcgs_check
#define mem_cgroup_from_slab_obj    memcgsim_mem_cgroup_from_slab_obj
#define mem_cgroup_from_obj	    memcgsim_mem_cgroup_from_obj
#define folio_trylock		    memcgsim_folio_trylock
#define folio_lock		    memcgsim_folio_lock
#define folio_unlock		    memcgsim_folio_unlock
#define folio_test_locked	    memcgsim_folio_test_locked
#define folio_add_lru		    memcgsim_folio_add_lru
#define folio_isolate_lru	    memcgsim_folio_isolate_lru
#define folio_putback_lru	    memcgsim_folio_putback_lru
#define folio_test_lru		    memcgsim_folio_test_lru
#define __mem_cgroup_uncharge	    memcgsim___mem_cgroup_uncharge
#define mem_cgroup_uncharge	    memcgsim___mem_cgroup_uncharge
#define release_pages		    memcgsim_release_pages
#define mem_cgroup_replace_folio    memcgsim_mem_cgroup_replace_folio
#define mem_cgroup_migrate	    memcgsim_mem_cgroup_migrate
#define css_get			    memcgsim_css_get
#define css_put			    memcgsim_css_put
#define css_tryget		    memcgsim_css_tryget
#define css_tryget_online	    memcgsim_css_tryget_online
#define mem_cgroup_id		    memcgsim_mem_cgroup_id
#define mem_cgroup_id_get_many	    memcgsim_mem_cgroup_id_get_many
#define mem_cgroup_id_put_many	    memcgsim_mem_cgroup_id_put_many
#define mem_cgroup_id_get_online    memcgsim_mem_cgroup_id_get_online
#define mem_cgroup_reclaim_cookie   memcgsim_reclaim_cookie
#define mem_cgroup_iter		    memcgsim_mem_cgroup_iter
#define mem_cgroup_iter_break	    memcgsim_mem_cgroup_iter_break
#define rcu_read_lock		    memcgsim_rcu_read_lock
#define rcu_read_unlock		    memcgsim_rcu_read_unlock
#define obj_cgroup		    memcgsim_obj_cgroup
#define mem_cgroup		    memcgsim_mem_cgroup
#define mem_cgroup_put		    memcgsim_mem_cgroup_put
#define memalloc_noreclaim_save	    memcgsim_memalloc_noreclaim_save
#define memalloc_noreclaim_restore  memcgsim_memalloc_noreclaim_restore
#define get_obj_cgroup_from_current memcgsim_get_obj_cgroup_from_current
#define current_obj_cgroup	    memcgsim_current_obj_cgroup
#define set_active_memcg	    memcgsim_set_active_memcg
#define get_mem_cgroup_from_mm	    memcgsim_get_mem_cgroup_from_mm
#define irq_enter		    memcgsim_irq_enter
#define irq_exit		    memcgsim_irq_exit
#define in_interrupt		    memcgsim_in_interrupt
#define in_task			    memcgsim_in_task
#define get_task_mm		    memcgsim_get_task_mm
#define mmput			    memcgsim_mmput
#define kthread_use_mm		    memcgsim_kthread_use_mm
#define kthread_unuse_mm	    memcgsim_kthread_unuse_mm
#define begin_new_exec		    memcgsim_begin_new_exec
#define mem_cgroup_charge	    memcgsim_mem_cgroup_charge
#define obj_cgroup_put		    memcgsim_obj_cgroup_put
#define obj_cgroup_charge	    memcgsim_obj_cgroup_charge
#define obj_cgroup_uncharge	    memcgsim_obj_cgroup_uncharge

#define mem_cgroup_handle_over_high	memcgsim_mem_cgroup_handle_over_high
#define mem_cgroup_calculate_protection memcgsim_mem_cgroup_calculate_protection
#define mem_cgroup_below_min		memcgsim_mem_cgroup_below_min
#define mem_cgroup_below_low		memcgsim_mem_cgroup_below_low
#define memcg_memory_event		memcgsim_memcg_memory_event
#define page_counter_set_max		memcgsim_page_counter_set_max
#define mem_cgroup_scan_tasks		memcgsim_mem_cgroup_scan_tasks
#define fatal_signal_pending		memcgsim_fatal_signal_pending
#define tsk_is_oom_victim		memcgsim_tsk_is_oom_victim
#define oom_reap_task			memcgsim_oom_reap_task

#define alloc_percpu_gfp(type, gfp)                                                                \
	((type *)memcgsim___alloc_percpu_gfp(sizeof(type), __alignof__(type), gfp))
#define alloc_percpu(type)	   alloc_percpu_gfp(type, GFP_KERNEL)
#define vmalloc_to_page(addr)	   memcgsim_vmalloc_to_page(memcgsim_this_machine(), addr)
#define kfree_bulk(count, objects) kmem_cache_free_bulk(NULL, count, objects)
#define kmem_cache_create(name, size, align, flags, ctor)                                          \
	memcgsim_kmem_cache_create(memcgsim_this_machine(), name, size, align, flags, ctor)
#define alloc_page(gfp)		     alloc_pages(gfp, 0)
#define __free_page(p)		     __free_pages(p, 0)
#define page_to_pfn(p)		     memcgsim_page_to_pfn(memcgsim_this_machine(), p)
#define get_pageblock_migratetype(p) memcgsim_get_pageblock_migratetype(memcgsim_this_machine(), p)
#define start_isolate_page_range(start, end)                                                       \
	memcgsim_start_isolate_page_range(memcgsim_this_machine(), start, end)
#define undo_isolate_page_range(start, end, type)                                                  \
	memcgsim_undo_isolate_page_range(memcgsim_this_machine(), start, end, type)
#define init_cma_reserved_pageblock(p)                                                             \
	memcgsim_init_cma_reserved_pageblock(memcgsim_this_machine(), page_to_pfn(p))
#define SetPageHWPoison(p)	memcgsim_set_page_flag(p, MEMCGSIM_PG_HWPOISON)
#define PageHWPoison(p)		memcgsim_test_page_flag(p, MEMCGSIM_PG_HWPOISON)
#define PageBuddy(p)		memcgsim_page_is_type(p, MEMCGSIM_PGTY_BUDDY)
#define PageTable(p)		memcgsim_page_is_type(p, MEMCGSIM_PGTY_TABLE)
#define PageOffline(p)		memcgsim_page_is_type(p, MEMCGSIM_PGTY_OFFLINE)
#define PageGuard(p)		memcgsim_page_is_type(p, MEMCGSIM_PGTY_GUARD)
#define PageSlab(p)		memcgsim_page_is_type(p, MEMCGSIM_PGTY_SLAB)
#define page_type(p)		memcgsim_page_type(memcgsim_this_machine(), p)
#define pfn_to_page(pfn)	memcgsim_pfn_to_page(memcgsim_this_machine(), pfn)
#define page_address(p)		memcgsim_page_address(memcgsim_this_machine(), p)
#define virt_to_head_page(addr) memcgsim_virt_to_head_page(memcgsim_this_machine(), addr)
#define cpu_down(cpu)		memcgsim_cpu_down(memcgsim_this_machine(), cpu)
#define cpu_up(cpu)		memcgsim_cpu_up(memcgsim_this_machine(), cpu)
#define cpu_online(cpu)		memcgsim_cpu_online(memcgsim_this_machine(), cpu)
#define synchronize_rcu()	memcgsim_synchronize_rcu(memcgsim_this_machine())
#define mem_cgroup_from_id(id)	memcgsim_mem_cgroup_from_id(memcgsim_this_machine(), id)

#ifdef MEMCGSIM_KERNEL_STRUCT_NAMES
#define page	    memcgsim_page
#define list_head   memcgsim_list_head
#define task_struct memcgsim_task
#define current	    memcgsim_current()
#endif

#endif /* MEMCGSIM_KERNEL_H */
