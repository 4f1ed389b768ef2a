// SPDX-License-Identifier: GPL-2.0-only
/*
 * A debt is stamped after its PTE was emptied, a flush before it begins. So a CPU whose stamp is
 * not older than a debt's has been flushed since.
 */
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/smp.h>
#include <asm/tlbflush.h>
#include "luf.h"

static atomic64_t now = ATOMIC64_INIT(1);
static DEFINE_PER_CPU(atomic64_t, flushed_at);
static void (*tlbbatch_flush)(struct arch_tlbflush_unmap_batch *batch);

u64 luf_now(void)
{
	return atomic64_inc_return(&now);
}

/* Which of the CPUs have not been flushed since a moment. */
void luf_owing(const struct cpumask *cpus, u64 since, struct cpumask *owing)
{
	int cpu;

	cpumask_clear(owing);
	for_each_cpu(cpu, cpus) {
		if (atomic64_read(&per_cpu(flushed_at, cpu)) < since)
			cpumask_set_cpu(cpu, owing);
	}
}

static void mark(const struct cpumask *cpus, u64 stamp)
{
	int cpu;

	for_each_cpu(cpu, cpus) {
		atomic64_t *at = &per_cpu(flushed_at, cpu);
		s64 old = atomic64_read(at);

		while (old < stamp && !atomic64_try_cmpxchg(at, &old, stamp))
			;
	}
}

/*
 * Flushes by the kernel's own arch_tlbbatch_flush, and returns when every CPU has answered. Where
 * an interrupt of all CPUs cannot be waited for it flushes nothing and returns false.
 */
bool luf_flush_cpus(const struct cpumask *cpus)
{
	struct arch_tlbflush_unmap_batch batch;
	u64 stamp;

	if (cpumask_empty(cpus))
		return true;
	if (irqs_disabled() || !in_task()) {
		atomic64_inc(&luf_count_no_context);
		luf_kick();
		return false;
	}
	cpumask_copy(&batch.cpumask, cpus);
	stamp = luf_now();
	/* The defect that the first version of this module had: who comes second does not wait. */
	if (!READ_ONCE(luf_second_payer_waits))
		mark(cpus, stamp);
	tlbbatch_flush(&batch);
	smp_mb();
	mark(cpus, stamp);
	atomic64_inc(&luf_count_flushes);
	atomic64_add(cpumask_weight(cpus), &luf_count_ipis);
	return true;
}

int luf_time_init(void)
{
	tlbbatch_flush = (void *)luf_address_of("arch_tlbbatch_flush");
	return tlbbatch_flush ? 0 : -ENOENT;
}
