// SPDX-License-Identifier: GPL-2.0-only
/*
 * Planted faults: flushes of the stock kernel that are left out, with or without LUF. Those that
 * would break the guest's own programs, too, are limited to tasks whose name begins with
 * fault_comm.
 */
#include <linux/moduleparam.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <asm/tlbflush.h>
#include "luf.h"

enum { TLBBATCH_FLUSH, BATCHED_PENDING, MM_RANGE };

bool luf_fault_tlbbatch_flush;
bool luf_fault_batched_pending;
bool luf_fault_mm_range;
bool luf_fault_ptep_clear_flush;
static char fault_comm[TASK_COMM_LEN] = "litmus";

module_param_named(fault_arch_tlbbatch_flush, luf_fault_tlbbatch_flush, bool, 0644);
module_param_named(fault_flush_tlb_batched_pending, luf_fault_batched_pending, bool, 0644);
module_param_named(fault_flush_tlb_mm_range, luf_fault_mm_range, bool, 0644);
module_param_named(fault_ptep_clear_flush, luf_fault_ptep_clear_flush, bool, 0644);
module_param_string(fault_comm, fault_comm, sizeof(fault_comm), 0644);

bool luf_is_victim(void)
{
	return !strncmp(current->comm, fault_comm, strlen(fault_comm));
}

typedef void (*batch_fn)(struct arch_tlbflush_unmap_batch *);

static void luf_arch_tlbbatch_flush(struct arch_tlbflush_unmap_batch *batch)
{
	luf_enter();
	if (READ_ONCE(luf_fault_tlbbatch_flush))
		cpumask_clear(&batch->cpumask);
	else
		luf_call(&luf_fault_hooks[TLBBATCH_FLUSH], batch_fn, batch);
	luf_leave();
}

typedef void (*pending_fn)(struct mm_struct *);

static void luf_flush_tlb_batched_pending(struct mm_struct *mm)
{
	enum luf_point_id id;
	bool on = true;

	luf_enter();
	if (READ_ONCE(luf_on) && luf_site_of((unsigned long)__builtin_return_address(0), &id)) {
		int batch = atomic_read(&mm->tlb_flush_batched);

		on = luf_reach(id);
		/* Pending flushes are counted in the low half, done ones in the high. */
		if (on && (batch & 0x7fff) != batch >> 16)
			atomic64_inc(&luf_points[id].flushed);
	}
	if (on && !(READ_ONCE(luf_fault_batched_pending) && luf_is_victim()))
		luf_call(&luf_fault_hooks[BATCHED_PENDING], pending_fn, mm);
	luf_leave();
}

typedef void (*range_fn)(struct mm_struct *, unsigned long, unsigned long, unsigned int, bool);

static void luf_flush_tlb_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end,
				   unsigned int stride_shift, bool freed_tables)
{
	luf_enter();
	if (!READ_ONCE(luf_fault_mm_range) || freed_tables || !luf_is_victim())
		luf_call(&luf_fault_hooks[MM_RANGE], range_fn, mm, start, end, stride_shift,
			 freed_tables);
	luf_leave();
}

struct luf_hook luf_fault_hooks[] = {
	[TLBBATCH_FLUSH] = { .name = "arch_tlbbatch_flush", .wrapper = luf_arch_tlbbatch_flush },
	[BATCHED_PENDING] = { .name = "flush_tlb_batched_pending",
			      .wrapper = luf_flush_tlb_batched_pending },
	[MM_RANGE] = { .name = "flush_tlb_mm_range", .wrapper = luf_flush_tlb_mm_range },
	{}
};
