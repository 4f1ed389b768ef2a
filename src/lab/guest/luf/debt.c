// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who owes a flush: everything together (as LUF v11), and each mm and each file (as v12). Debts of
 * mms and files share a table of fixed size; two that meet in one row flush more than they need,
 * never less.
 */
#include <linux/hash.h>
#include <linux/spinlock.h>
#include "luf.h"

#define ROW_BITS 10

struct debt {
	spinlock_t lock;
	u64 since;
	struct cpumask cpus;
};

static struct debt everything;
static struct debt rows[1 << ROW_BITS];

static struct debt *row_of(const void *what)
{
	return &rows[hash_ptr(what, ROW_BITS)];
}

void luf_debts_init(void)
{
	int i;

	spin_lock_init(&everything.lock);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		spin_lock_init(&rows[i].lock);
}

static void owe(struct debt *debt, const struct cpumask *cpus, u64 since)
{
	struct cpumask owing;

	spin_lock(&debt->lock);
	luf_owing(&debt->cpus, debt->since, &owing);
	cpumask_or(&debt->cpus, &owing, cpus);
	if (debt->since < since)
		debt->since = since;
	spin_unlock(&debt->lock);
}

/* To be called when the PTEs are empty. */
void luf_owe(const struct mm_struct *mm, const struct address_space *mapping,
	     const struct cpumask *cpus)
{
	u64 since = luf_now();

	owe(&everything, cpus, since);
	if (READ_ONCE(luf_accounting) < 12)
		return;
	if (mm)
		owe(row_of(mm), cpus, since);
	if (mapping)
		owe(row_of(mapping), cpus, since);
}

/*
 * Returns whether there was anything to flush. What is owed stays owed until the flush is
 * complete.
 */
static bool pay(struct debt *debt)
{
	struct cpumask owing;

	spin_lock(&debt->lock);
	luf_owing(&debt->cpus, debt->since, &owing);
	spin_unlock(&debt->lock);
	if (cpumask_empty(&owing))
		return false;
	return luf_flush_cpus(&owing);
}

bool luf_pay_all(void)
{
	return pay(&everything);
}

/* Of an mm or a file. With one debt for everything, that is paid. */
bool luf_pay_for(const void *what)
{
	return READ_ONCE(luf_accounting) < 12 ? luf_pay_all() : pay(row_of(what));
}
