/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * LUF (Lazy Unmap Flush) on a stock kernel.  What reclaim would have flushed is kept as a debt
 * where every PTE that it emptied was read-only; the frames are held back until the debt is paid.
 * Kernel functions are redirected through ftrace to wrappers of the same signature, which run in
 * the caller's own context and call the rest of the original: no handler, no disabled interrupts,
 * and whoever else probes the function sees it once.
 */
#ifndef LUF_H
#define LUF_H

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/types.h>
#include <linux/version.h>
#include <linux/pagevec.h>

#define LUF_FOLIO_BATCHES (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0))

/* hook.c: one redirected function. */
struct luf_hook {
	const char *name;
	void *wrapper;
	/* Where the original goes on after its call of ftrace. */
	void *orig;
	bool optional;
	/* The flush point that is in the wrapper. */
	int point;
};

/* The original of a hook, called with its arguments. */
#define luf_call(hook, type, ...) (((type)READ_ONCE((hook)->orig))(__VA_ARGS__))

int luf_hooks_install(void);
void luf_hooks_remove(void);
unsigned long luf_address_of(const char *name);
extern atomic_t luf_inside;

/* Every wrapper begins and ends with these, so that the module can tell when nobody is inside. */
static inline void luf_enter(void)
{
	atomic_inc(&luf_inside);
}

static inline void luf_leave(void)
{
	atomic_dec(&luf_inside);
}

/* points.c: the flush points, each a module parameter named after where it is. */
#define LUF_POINTS(X)                                                                   \
	X(zap_pte_range, "flush_tlb_batched_pending@zap_pte_range")                      \
	X(change_pte_range, "flush_tlb_batched_pending@change_pte_range")                \
	X(move_ptes, "flush_tlb_batched_pending@move_ptes")                              \
	X(madvise_free_pte_range, "flush_tlb_batched_pending@madvise_free_pte_range")    \
	X(madvise_cold_or_pageout_pte_range,                                             \
	  "flush_tlb_batched_pending@madvise_cold_or_pageout_pte_range")                 \
	X(prep_new_page, "prep_new_page luf_takeoff")                                             \
	X(shrink_folio_list, "shrink_folio_list")                                        \
	X(try_to_unmap_flush_dirty, "try_to_unmap_flush_dirty")                          \
	X(do_wp_page, "do_wp_page")                                                      \
	X(handle_mm_fault, "handle_mm_fault")                                            \
	X(tlb_end_vma, "tlb_end_vma")                                                    \
	X(ptep_clear_flush, "ptep_clear_flush")                                          \
	X(file_end_write, "file_end_write")                                              \
	X(mapping_write_begin, "mapping_write_begin")                                    \
	X(iomap_dio_rw, "iomap_dio_rw")                                                  \
	X(folio_mkclean, "folio_mkclean")                                                \
	X(folio_invalidate, "folio_invalidate")                                          \
	X(truncate_inode_folio, "truncate_inode_folio")                                  \
	X(truncate_inode_pages_range, "truncate_inode_pages_range")                      \
	X(mapping_evict_folio, "mapping_evict_folio")                                    \
	X(invalidate_inode_pages2_range, "invalidate_inode_pages2_range")                \
	X(remove_mapping, "remove_mapping")                                              \
	X(uprobe_replace_page, "__replace_page")                                         \
	X(try_to_free_pages, "try_to_free_pages")                                        \
	X(out_of_memory, "out_of_memory")

/* Points that no LUF has, and that would close what it leaves open; off unless asked for. */
#define LUF_REPAIRS(X)                                                                  \
	X(filemap_add_folio, "filemap_add_folio")

#define LUF_POINT_ID(param, name) LUF_AT_##param,
enum luf_point_id { LUF_POINTS(LUF_POINT_ID) LUF_REPAIRS(LUF_POINT_ID) LUF_NR_POINTS };

struct luf_point {
	const char *param;
	const char *name;
	bool on;
	bool probed;
	atomic64_t reached;
	atomic64_t flushed;
};

extern struct luf_point luf_points[LUF_NR_POINTS];
bool luf_reach(enum luf_point_id id);
void luf_pay_all_at(enum luf_point_id id);
void luf_pay_mm_at(enum luf_point_id id, const struct mm_struct *mm);
void luf_pay_mapping_at(enum luf_point_id id, const struct address_space *mapping);

/* main.c */
extern bool luf_on;
extern bool luf_second_payer_waits;
extern bool luf_publish_early;
extern unsigned int luf_accounting;
extern unsigned int luf_hold_limit;
void luf_kick(void);

/*
 * time.c: one logical time for unmaps and flushes, and when each CPU was last known to be flushed.
 */
u64 luf_now(void);
void luf_owing(const struct cpumask *cpus, u64 since, struct cpumask *owing);
bool luf_flush_cpus(const struct cpumask *cpus);
int luf_time_init(void);

/* debt.c */
void luf_debts_init(void);
void luf_owe(const struct mm_struct *mm, const struct address_space *mapping,
	     const struct cpumask *cpus);
bool luf_pay_all(void);
bool luf_pay_for(const void *what);

/* held.c: frames that stay off the free lists until every CPU of their debt was flushed. */
struct luf_held;
void luf_held_init(void);
struct luf_held *luf_held_new(const struct cpumask *cpus);
void luf_held_add(struct luf_held *held, struct folio *folio);
void luf_held_keep(struct luf_held *held);
void luf_release(bool all);
unsigned long luf_held_frames(void);
void luf_free_folios(struct list_head *folios);

/* task.c: what a reclaiming task has unmapped since its last flush. */
#define LUF_TASK_FOLIOS 64

struct luf_task {
	struct task_struct *task;
	/* A PTE was writable, or more folios than fit: the kernel's own flush must run. */
	bool must_flush;
	/* The flush was put off; the frames that are freed next are to be held. */
	bool deferred;
	unsigned int nr;
	struct folio *folios[LUF_TASK_FOLIOS];
	struct cpumask cpus;
};

struct luf_task *luf_task_find(void);
struct luf_task *luf_task_claim(void);
void luf_task_release(struct luf_task *task);
bool luf_task_add(struct luf_task *task, struct folio *folio);
bool luf_task_take(struct luf_task *task, const struct folio *folio);

/* sites.c: from which function flush_tlb_batched_pending was called. */
void luf_sites_init(void);
bool luf_site_of(unsigned long return_address, enum luf_point_id *id);

/*
 * faults.c: flushes of the stock kernel that are left out, each a module parameter fault_NAME.
 * arch_tlbbatch_add_mm: the batch does not learn of the CPUs of one mm.
 */
#define LUF_FAULTS(X)                                                                   \
	X(arch_tlbbatch_flush)                                                           \
	X(flush_tlb_batched_pending)                                                     \
	X(flush_tlb_mm_range)                                                            \
	X(ptep_clear_flush)                                                              \
	X(arch_tlbbatch_add_mm)                                                          \
	X(flush_tlb_func)

#define LUF_FAULT_ID(name) LUF_FAULT_##name,
enum luf_fault_id { LUF_FAULTS(LUF_FAULT_ID) LUF_NR_FAULTS };

bool luf_leaves_out(enum luf_fault_id id);
bool luf_leaves_out_of(enum luf_fault_id id, struct mm_struct *mm);

/* Groups of hooks, each an array that ends in an empty row. */
extern struct luf_hook luf_reclaim_hooks[];
extern struct luf_hook luf_cancel_hooks[];
extern struct luf_hook luf_fault_hooks[];

/* report.c */
extern atomic64_t luf_count_deferred;
extern atomic64_t luf_count_refused;
extern atomic64_t luf_count_kernel_flushes;
extern atomic64_t luf_count_flushes;
extern atomic64_t luf_count_ipis;
extern atomic64_t luf_count_released;
extern atomic64_t luf_count_too_many;
extern atomic64_t luf_count_no_context;
extern atomic64_t luf_count_left_out;
void luf_report_init(void);
void luf_report_exit(void);

#endif
