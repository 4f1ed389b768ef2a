// SPDX-License-Identifier: GPL-2.0-only
/* Where a flush is put off: reclaim's unmapping, its flush, and its freeing of frames. */
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/rmap.h>
#include <linux/sched.h>
#include "luf.h"

enum { UNMAP_ONE, FLUSH, FLUSH_DIRTY, FREE };

/*
 * The PTE of an address; zero if there is none. Whoever calls keeps the page tables by the rmap
 * lock.
 */
static pte_t pte_at(struct mm_struct *mm, unsigned long address)
{
	pgd_t *pgd = pgd_offset(mm, address);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t pmd;

	if (pgd_none(*pgd) || pgd_bad(*pgd))
		return __pte(0);
	p4d = p4d_offset(pgd, address);
	if (p4d_none(*p4d) || p4d_bad(*p4d))
		return __pte(0);
	pud = pud_offset(p4d, address);
	if (pud_none(*pud) || pud_leaf(*pud) || pud_bad(*pud))
		return __pte(0);
	pmd = READ_ONCE(*pmd_offset(pud, address));
	if (!pmd_present(pmd) || pmd_trans_huge(pmd) || pmd_devmap(pmd) || pmd_bad(pmd))
		return __pte(0);
	return READ_ONCE(*((pte_t *)pmd_page_vaddr(pmd) + pte_index(address)));
}

/*
 * Whether a flush may wait for this PTE: small folio, read-only. It is read without its lock, so
 * what a fault could make writable meanwhile without the folio's lock does not count as read-only.
 */
static bool may_wait(struct folio *folio, struct vm_area_struct *vma, unsigned long address)
{
	const unsigned long shared_writable = VM_SHARED | VM_WRITE;
	pte_t pte;

	if (folio_test_large(folio) || folio_test_hugetlb(folio))
		return false;
	if ((vma->vm_flags & VM_WRITE) && folio_test_anon(folio))
		return false;
	if ((vma->vm_flags & shared_writable) == shared_writable &&
	    !(vma->vm_ops && vma->vm_ops->page_mkwrite))
		return false;
	rcu_read_lock();
	pte = pte_at(vma->vm_mm, address);
	rcu_read_unlock();
	return pte_present(pte) && !pte_write(pte);
}

typedef bool (*unmap_one_fn)(struct folio *, struct vm_area_struct *, unsigned long, void *);

static bool luf_try_to_unmap_one(struct folio *folio, struct vm_area_struct *vma,
				 unsigned long address, void *arg)
{
	struct cpumask *batch = &current->tlb_ubc.arch.cpumask;
	struct address_space *mapping;
	struct luf_task *task;
	struct cpumask before;
	bool waits, ret;

	luf_enter();
	mapping = folio_test_anon(folio) ? NULL : READ_ONCE(folio->mapping);
	waits = may_wait(folio, vma, address);
	task = READ_ONCE(luf_on) ? luf_task_claim() : luf_task_find();
	cpumask_copy(&before, batch);
	ret = luf_call(&luf_reclaim_hooks[UNMAP_ONE], unmap_one_fn, folio, vma, address, arg);
	if (!cpumask_equal(&before, batch) &&
	    luf_leaves_out_of(LUF_FAULT_arch_tlbbatch_add_mm, vma->vm_mm))
		cpumask_copy(batch, &before);
	if (task && current->tlb_ubc.flush_required) {
		if (!waits || !luf_task_add(task, folio))
			task->must_flush = true;
		else if (READ_ONCE(luf_publish_early))
			luf_owe(vma->vm_mm, mapping, mm_cpumask(vma->vm_mm));
	} else if (task) {
		/* Flushed at once, or nothing was mapped: who unmaps like this may never flush. */
		luf_task_release(task);
	}
	luf_leave();
	return ret;
}

typedef void (*flush_fn)(void);

/* The batch becomes a debt; the kernel's own function then finds nothing to flush. */
static void put_off(struct luf_task *task)
{
	struct tlbflush_unmap_batch *ubc = &current->tlb_ubc;

	cpumask_copy(&task->cpus, &ubc->arch.cpumask);
	luf_owe(NULL, NULL, &task->cpus);
	cpumask_clear(&ubc->arch.cpumask);
	ubc->flush_required = false;
	ubc->writable = false;
	task->deferred = true;
	atomic64_inc(&luf_count_deferred);
}

static void luf_try_to_unmap_flush(void)
{
	struct luf_task *task;

	luf_enter();
	task = luf_task_find();
	if (current->tlb_ubc.flush_required) {
		atomic64_inc(task ? &luf_count_refused : &luf_count_kernel_flushes);
		if (task && READ_ONCE(luf_on) && !task->must_flush && !current->tlb_ubc.writable) {
			atomic64_dec(&luf_count_refused);
			put_off(task);
		}
	}
	if (task && !task->deferred)
		luf_task_release(task);
	luf_call(&luf_reclaim_hooks[FLUSH], flush_fn);
	luf_leave();
}

/* Before a folio is written out: a dirty entry may not wait. */
static void luf_try_to_unmap_flush_dirty(void)
{
	luf_enter();
	if (luf_reach(LUF_AT_try_to_unmap_flush_dirty))
		luf_call(&luf_reclaim_hooks[FLUSH_DIRTY], flush_fn);
	luf_leave();
}

/* What was unmapped and is not freed now was kept: nobody would pay for it later. */
static void settle(struct luf_task *task)
{
	if (task->nr && luf_reach(LUF_AT_shrink_folio_list)) {
		if (luf_flush_cpus(&task->cpus))
			atomic64_inc(&luf_points[LUF_AT_shrink_folio_list].flushed);
	}
	luf_task_release(task);
}

static struct luf_held *place_for(struct luf_task *task)
{
	struct luf_held *held;

	if (!luf_points[LUF_AT_prep_new_page].on)
		return NULL;
	atomic64_inc(&luf_points[LUF_AT_prep_new_page].reached);
	held = luf_held_new(&task->cpus);
	if (!held) {
		atomic64_inc(&luf_count_too_many);
		luf_flush_cpus(&task->cpus);
	}
	return held;
}

static void keep(struct luf_held *held)
{
	if (!held)
		return;
	luf_held_keep(held);
	if (luf_held_frames() > READ_ONCE(luf_hold_limit)) {
		atomic64_inc(&luf_count_too_many);
		luf_release(true);
	}
}

#if LUF_FOLIO_BATCHES
typedef void (*free_fn)(struct folio_batch *);

static void hold(struct luf_task *task, struct folio_batch *batch)
{
	struct luf_held *held = place_for(task);
	unsigned int i, left = 0;

	for (i = 0; i < batch->nr; i++) {
		struct folio *folio = batch->folios[i];

		if (luf_task_take(task, folio) && held)
			luf_held_add(held, folio);
		else
			batch->folios[left++] = folio;
	}
	batch->nr = left;
	settle(task);
	keep(held);
}

static void luf_free_unref_folios(struct folio_batch *batch)
{
	struct luf_task *task;

	luf_enter();
	task = in_task() ? luf_task_find() : NULL;
	if (task && task->deferred)
		hold(task, batch);
	luf_call(&luf_reclaim_hooks[FREE], free_fn, batch);
	luf_leave();
}

void luf_free_folios(struct list_head *folios)
{
	struct folio_batch batch;
	struct folio *folio, *next;

	folio_batch_init(&batch);
	list_for_each_entry_safe(folio, next, folios, lru) {
		list_del(&folio->lru);
		if (!folio_batch_add(&batch, folio))
			luf_call(&luf_reclaim_hooks[FREE], free_fn, &batch);
	}
	if (batch.nr)
		luf_call(&luf_reclaim_hooks[FREE], free_fn, &batch);
}
#else
typedef void (*free_fn)(struct list_head *);

static void hold(struct luf_task *task, struct list_head *list)
{
	struct luf_held *held = place_for(task);
	struct folio *folio, *next;

	list_for_each_entry_safe(folio, next, list, lru) {
		if (!luf_task_take(task, folio) || !held)
			continue;
		list_del(&folio->lru);
		luf_held_add(held, folio);
	}
	settle(task);
	keep(held);
}

static void luf_free_unref_page_list(struct list_head *list)
{
	struct luf_task *task;

	luf_enter();
	task = in_task() ? luf_task_find() : NULL;
	if (task && task->deferred)
		hold(task, list);
	luf_call(&luf_reclaim_hooks[FREE], free_fn, list);
	luf_leave();
}

void luf_free_folios(struct list_head *folios)
{
	luf_call(&luf_reclaim_hooks[FREE], free_fn, folios);
}
#endif

struct luf_hook luf_reclaim_hooks[] = {
	[UNMAP_ONE] = { .name = "try_to_unmap_one", .wrapper = luf_try_to_unmap_one },
	[FLUSH] = { .name = "try_to_unmap_flush", .wrapper = luf_try_to_unmap_flush },
	[FLUSH_DIRTY] = { .name = "try_to_unmap_flush_dirty",
			  .wrapper = luf_try_to_unmap_flush_dirty },
#if LUF_FOLIO_BATCHES
	[FREE] = { .name = "free_unref_folios", .wrapper = luf_free_unref_folios },
#else
	[FREE] = { .name = "free_unref_page_list", .wrapper = luf_free_unref_page_list },
#endif
	{}
};
