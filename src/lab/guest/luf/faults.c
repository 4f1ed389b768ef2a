// SPDX-License-Identifier: GPL-2.0-only
/*
 * Planted faults: flushes of the stock kernel that are left out, with or without LUF. Those that
 * would break the guest's own programs, too, are limited to tasks whose name begins with
 * fault_comm; and any of them to calls out of one function, fault_caller, however far up. Beside them, what makes
 * a fault show and is none itself: reclaim may be late with the flush of its batch.
 */
#include <linux/delay.h>
#include <linux/kallsyms.h>
#include <linux/moduleparam.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>
#include <linux/string.h>
#include <asm/tlbflush.h>
#include "luf.h"

enum { TLBBATCH_FLUSH, BATCHED_PENDING, MM_RANGE, FLUSH_FUNC };

static bool planted[LUF_NR_FAULTS];
static char fault_comm[TASK_COMM_LEN] = "litmus";
static char fault_caller[64];

#define LUF_FAULT_PARAM(name) \
	module_param_named(fault_##name, planted[LUF_FAULT_##name], bool, 0644);
LUF_FAULTS(LUF_FAULT_PARAM)
module_param_string(fault_comm, fault_comm, sizeof(fault_comm), 0644);
module_param_string(fault_caller, fault_caller, sizeof(fault_caller), 0644);
MODULE_PARM_DESC(fault_caller, "only flushes that are asked for in this function or below");

static unsigned int flush_delay_us;
module_param(flush_delay_us, uint, 0644);
MODULE_PARM_DESC(flush_delay_us,
		 "so long does reclaim's batch wait for its flush: any kernel may be that slow (0: never)");

static bool is_victim(const struct task_struct *task)
{
	return !strncmp(task->comm, fault_comm, strcspn(fault_comm, "\n"));
}

/* Whether an address is in a function, or in a copy that the compiler made: `name.constprop.0`. */
static bool is_named(unsigned long address, const char *name, size_t length)
{
	char text[KSYM_SYMBOL_LEN];

	sprint_symbol_no_offset(text, address);
	return !strncmp(text, name, length) && strcspn(text, ". ") == length;
}

static noinline bool in_fault_caller(void)
{
	size_t length = strcspn(fault_caller, "\n");
	unsigned long calls[32];
	unsigned int i, nr;

	if (!length)
		return true;
	nr = stack_trace_save(calls, ARRAY_SIZE(calls), 1);
	for (i = 0; i < nr; i++) {
		if (is_named(calls[i], fault_caller, length))
			return true;
	}
	return false;
}

/* Whether this flush is the one to leave out; counts it. */
bool luf_leaves_out(enum luf_fault_id id)
{
	if (!READ_ONCE(planted[id]))
		return false;
	/* Reclaim flushes for others. */
	if (id != LUF_FAULT_arch_tlbbatch_flush && !is_victim(current))
		return false;
	if (!in_fault_caller())
		return false;
	atomic64_inc(&luf_count_left_out);
	return true;
}

/* For what others do to an mm: whether it is a victim's. */
bool luf_leaves_out_of(enum luf_fault_id id, struct mm_struct *mm)
{
	bool hit = false;

	if (!READ_ONCE(planted[id]))
		return false;
#ifdef CONFIG_MEMCG
	{
		struct task_struct *owner;

		rcu_read_lock();
		owner = rcu_dereference(mm->owner);
		hit = owner && is_victim(owner);
		rcu_read_unlock();
	}
#endif
	if (!hit || !in_fault_caller())
		return false;
	atomic64_inc(&luf_count_left_out);
	return true;
}

typedef void (*batch_fn)(struct arch_tlbflush_unmap_batch *);

static void luf_arch_tlbbatch_flush(struct arch_tlbflush_unmap_batch *batch)
{
	unsigned int us = READ_ONCE(flush_delay_us);

	luf_enter();
	for (; us >= USEC_PER_MSEC; us -= USEC_PER_MSEC)
		mdelay(1);
	udelay(us);
	if (luf_leaves_out(LUF_FAULT_arch_tlbbatch_flush))
		cpumask_clear(&batch->cpumask);
	else
		luf_call(&luf_fault_hooks[TLBBATCH_FLUSH], batch_fn, batch);
	luf_leave();
}

typedef void (*pending_fn)(struct mm_struct *);

static void luf_flush_tlb_batched_pending(struct mm_struct *mm)
{
	/* Pending flushes are counted in the low half, done ones in the high. */
	int batch = atomic_read(&mm->tlb_flush_batched);
	bool pending = (batch & 0x7fff) != batch >> 16;
	enum luf_point_id id;
	bool on = true;

	luf_enter();
	if (READ_ONCE(luf_on) && luf_site_of((unsigned long)__builtin_return_address(0), &id)) {
		on = luf_reach(id);
		if (on && pending)
			atomic64_inc(&luf_points[id].flushed);
	}
	if (on && !(pending && luf_leaves_out(LUF_FAULT_flush_tlb_batched_pending)))
		luf_call(&luf_fault_hooks[BATCHED_PENDING], pending_fn, mm);
	luf_leave();
}

typedef void (*range_fn)(struct mm_struct *, unsigned long, unsigned long, unsigned int, bool);

static void luf_flush_tlb_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end,
				   unsigned int stride_shift, bool freed_tables)
{
	luf_enter();
	if (freed_tables || !luf_leaves_out(LUF_FAULT_flush_tlb_mm_range))
		luf_call(&luf_fault_hooks[MM_RANGE], range_fn, mm, start, end, stride_shift,
			 freed_tables);
	luf_leave();
}

typedef void (*flush_func_fn)(void *);

/* On the CPU that is interrupted for a flush: it goes on as if it had flushed. */
static void luf_flush_tlb_func(void *info)
{
	luf_enter();
	if (!in_hardirq() || !luf_leaves_out(LUF_FAULT_flush_tlb_func))
		luf_call(&luf_fault_hooks[FLUSH_FUNC], flush_func_fn, info);
	luf_leave();
}

struct luf_hook luf_fault_hooks[] = {
	[TLBBATCH_FLUSH] = { .name = "arch_tlbbatch_flush", .wrapper = luf_arch_tlbbatch_flush },
	[BATCHED_PENDING] = { .name = "flush_tlb_batched_pending",
			      .wrapper = luf_flush_tlb_batched_pending },
	[MM_RANGE] = { .name = "flush_tlb_mm_range", .wrapper = luf_flush_tlb_mm_range },
	[FLUSH_FUNC] = { .name = "flush_tlb_func", .wrapper = luf_flush_tlb_func },
	{}
};
