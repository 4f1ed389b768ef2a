// SPDX-License-Identifier: GPL-2.0-only
/* Parameters, the timer, and the order in which the module comes and goes. */
#include <linux/module.h>
#include <linux/workqueue.h>
#include "luf.h"

bool luf_on;
module_param_named(on, luf_on, bool, 0644);
MODULE_PARM_DESC(on, "put flushes off");

bool luf_second_payer_waits = true;
module_param_named(second_payer_waits, luf_second_payer_waits, bool, 0644);
MODULE_PARM_DESC(second_payer_waits,
		 "a payment counts when its flush is complete, not when it begins");

bool luf_publish_early = true;
module_param_named(publish_early, luf_publish_early, bool, 0644);
MODULE_PARM_DESC(publish_early,
		 "a debt can be paid as soon as its PTE is empty, not only when reclaim would have flushed");

unsigned int luf_accounting = 12;
module_param_named(accounting, luf_accounting, uint, 0644);
MODULE_PARM_DESC(accounting, "11: one debt for everything; 12: one for each mm and each file");

unsigned int luf_hold_limit = 2048;
module_param_named(hold_limit, luf_hold_limit, uint, 0644);
MODULE_PARM_DESC(hold_limit, "frames that may be held back before everything is paid at once");

static unsigned int timer_ms = 100;
module_param(timer_ms, uint, 0644);
MODULE_PARM_DESC(timer_ms, "pay for everything this often (0: never)");

static void tick(struct work_struct *work);
static DECLARE_DELAYED_WORK(timer, tick);

static void release_paid(struct work_struct *work)
{
	luf_release(true);
}
static DECLARE_WORK(kicked, release_paid);

static void tick(struct work_struct *work)
{
	unsigned int ms = READ_ONCE(timer_ms);

	luf_release(ms != 0);
	schedule_delayed_work(&timer, msecs_to_jiffies(ms ? ms : 100));
}

/* Where a payment cannot be waited for. */
void luf_kick(void)
{
	schedule_work(&kicked);
}

static int __init luf_init(void)
{
	int err = luf_time_init();

	if (err)
		return err;
	luf_debts_init();
	luf_held_init();
	luf_sites_init();
	luf_points[LUF_AT_prep_new_page].probed = true;
	luf_points[LUF_AT_shrink_folio_list].probed = true;
	luf_points[LUF_AT_try_to_unmap_flush_dirty].probed = true;
	err = luf_hooks_install();
	if (err)
		return err;
	luf_report_init();
	schedule_delayed_work(&timer, 0);
	return 0;
}

static void __exit luf_exit(void)
{
	luf_on = false;
	luf_report_exit();
	luf_hooks_remove();
	cancel_delayed_work_sync(&timer);
	cancel_work_sync(&kicked);
	luf_release(true);
}

module_init(luf_init);
module_exit(luf_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("LUF on a stock kernel, with every flush point removable");
