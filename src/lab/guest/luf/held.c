// SPDX-License-Identifier: GPL-2.0-only
/* Frames that reclaim has freed, and that nobody may have yet. */
#include <linux/spinlock.h>
#include "luf.h"

#define MOST_HELD 512

struct luf_held {
	struct list_head node;
	struct list_head folios;
	unsigned int nr;
	u64 since;
	struct cpumask cpus;
};

static struct luf_held all[MOST_HELD];
static LIST_HEAD(unused);
static LIST_HEAD(kept);
static DEFINE_SPINLOCK(lock);
static unsigned long frames;

void luf_held_init(void)
{
	int i;

	for (i = 0; i < MOST_HELD; i++)
		list_add(&all[i].node, &unused);
}

/* For frames whose PTEs are empty by now; NULL when too many wait already. */
struct luf_held *luf_held_new(const struct cpumask *cpus)
{
	struct luf_held *held;

	spin_lock(&lock);
	held = list_first_entry_or_null(&unused, struct luf_held, node);
	if (held)
		list_del(&held->node);
	spin_unlock(&lock);
	if (!held)
		return NULL;
	INIT_LIST_HEAD(&held->folios);
	held->nr = 0;
	held->since = luf_now();
	cpumask_copy(&held->cpus, cpus);
	return held;
}

void luf_held_add(struct luf_held *held, struct folio *folio)
{
	list_add_tail(&folio->lru, &held->folios);
	held->nr++;
}

void luf_held_keep(struct luf_held *held)
{
	spin_lock(&lock);
	frames += held->nr;
	list_add_tail(&held->node, &kept);
	spin_unlock(&lock);
}

unsigned long luf_held_frames(void)
{
	return READ_ONCE(frames);
}

static bool is_paid(const struct luf_held *held)
{
	struct cpumask owing;

	luf_owing(&held->cpus, held->since, &owing);
	return cpumask_empty(&owing);
}

/* Frees what is paid for. `all`: pays for the rest first. */
void luf_release(bool all)
{
	struct luf_held *held, *next;
	LIST_HEAD(paid);

	if (all)
		luf_pay_all();
	spin_lock(&lock);
	list_for_each_entry_safe(held, next, &kept, node) {
		if (!is_paid(held))
			continue;
		list_move_tail(&held->node, &paid);
		frames -= held->nr;
	}
	spin_unlock(&lock);
	list_for_each_entry(held, &paid, node) {
		atomic64_add(held->nr, &luf_count_released);
		luf_free_folios(&held->folios);
	}
	spin_lock(&lock);
	list_splice(&paid, &unused);
	spin_unlock(&lock);
}
