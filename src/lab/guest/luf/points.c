// SPDX-License-Identifier: GPL-2.0-only
/* The flush points: module parameters that can be switched while the module runs. */
#include <linux/moduleparam.h>
#include "luf.h"

#define LUF_POINT_ROW(field, text) \
	[LUF_AT_##field] = { .param = #field, .name = text, .on = true },
#define LUF_REPAIR_ROW(field, text) [LUF_AT_##field] = { .param = #field, .name = text },
struct luf_point luf_points[LUF_NR_POINTS] = {
	LUF_POINTS(LUF_POINT_ROW) LUF_REPAIRS(LUF_REPAIR_ROW)
};

#define LUF_POINT_PARAM(field, text) \
	module_param_named(field, luf_points[LUF_AT_##field].on, bool, 0644);
LUF_POINTS(LUF_POINT_PARAM)
LUF_REPAIRS(LUF_POINT_PARAM)

/*
 * Counts, and says whether the point is on. What the stock kernel does by itself stays on without
 * LUF.
 */
bool luf_reach(enum luf_point_id id)
{
	struct luf_point *point = &luf_points[id];

	if (!READ_ONCE(luf_on))
		return true;
	atomic64_inc(&point->reached);
	return READ_ONCE(point->on);
}

static void count(enum luf_point_id id, bool flushed)
{
	if (flushed)
		atomic64_inc(&luf_points[id].flushed);
}

void luf_pay_all_at(enum luf_point_id id)
{
	if (READ_ONCE(luf_on) && luf_reach(id))
		count(id, luf_pay_all());
}

void luf_pay_mm_at(enum luf_point_id id, const struct mm_struct *mm)
{
	if (mm && READ_ONCE(luf_on) && luf_reach(id))
		count(id, luf_pay_for(mm));
}

void luf_pay_mapping_at(enum luf_point_id id, const struct address_space *mapping)
{
	if (mapping && READ_ONCE(luf_on) && luf_reach(id))
		count(id, luf_pay_for(mapping));
}
