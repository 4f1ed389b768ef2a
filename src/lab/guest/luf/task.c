// SPDX-License-Identifier: GPL-2.0-only
/* What belongs into task_struct: a fixed number of rows, looked up by the task. */
#include <linux/sched.h>
#include "luf.h"

#define MOST_TASKS 64

static struct luf_task tasks[MOST_TASKS];

struct luf_task *luf_task_find(void)
{
	int i;

	for (i = 0; i < MOST_TASKS; i++) {
		if (READ_ONCE(tasks[i].task) == current)
			return &tasks[i];
	}
	return NULL;
}

static struct luf_task *free_row(void)
{
	int i;

	for (i = 0; i < MOST_TASKS; i++) {
		if (!READ_ONCE(tasks[i].task) && !cmpxchg(&tasks[i].task, NULL, current))
			return &tasks[i];
	}
	return NULL;
}

/*
 * The row of this task: a new one when its batch is empty. One that is found while the kernel's
 * batch is not, and that this module did not see begin, holds something unknown. NULL if all rows
 * are taken.
 */
struct luf_task *luf_task_claim(void)
{
	bool is_empty = !current->tlb_ubc.flush_required;
	struct luf_task *task = luf_task_find();

	if (task && !is_empty)
		return task;
	if (!task)
		task = free_row();
	if (!task)
		return NULL;
	task->must_flush = !is_empty;
	task->deferred = false;
	task->nr = 0;
	return task;
}

void luf_task_release(struct luf_task *task)
{
	smp_store_release(&task->task, NULL);
}

/* False when there is no room. */
bool luf_task_add(struct luf_task *task, struct folio *folio)
{
	int i;

	for (i = 0; i < task->nr; i++) {
		if (task->folios[i] == folio)
			return true;
	}
	if (task->nr == LUF_TASK_FOLIOS)
		return false;
	task->folios[task->nr++] = folio;
	return true;
}

/* Whether the task unmapped this folio; forgets it. */
bool luf_task_take(struct luf_task *task, const struct folio *folio)
{
	int i;

	for (i = 0; i < task->nr; i++) {
		if (task->folios[i] != folio)
			continue;
		task->folios[i] = task->folios[--task->nr];
		return true;
	}
	return false;
}
