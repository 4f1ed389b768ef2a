// SPDX-License-Identifier: GPL-2.0-only
/* /sys/kernel/debug/luf: counters and points, one `key value...` a line. */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include "luf.h"

atomic64_t luf_count_deferred;
atomic64_t luf_count_refused;
atomic64_t luf_count_kernel_flushes;
atomic64_t luf_count_flushes;
atomic64_t luf_count_ipis;
atomic64_t luf_count_released;
atomic64_t luf_count_too_many;
atomic64_t luf_count_no_context;
atomic64_t luf_count_left_out;

static struct dentry *folder;

static const struct {
	const char *name;
	atomic64_t *value;
} counters[] = {
	{ "deferred", &luf_count_deferred },
	{ "refused", &luf_count_refused },
	{ "kernel_flushes", &luf_count_kernel_flushes },
	{ "flushes", &luf_count_flushes },
	{ "flushed_cpus", &luf_count_ipis },
	{ "released_frames", &luf_count_released },
	{ "too_many_held", &luf_count_too_many },
	{ "no_context", &luf_count_no_context },
	{ "left_out", &luf_count_left_out },
};

static int counters_show(struct seq_file *file, void *unused)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(counters); i++)
		seq_printf(file, "%s %lld\n", counters[i].name,
			   (long long)atomic64_read(counters[i].value));
	seq_printf(file, "held_frames %lu\n", luf_held_frames());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

/* PARAMETER NAME on|off|absent REACHED FLUSHED */
static int points_show(struct seq_file *file, void *unused)
{
	int i;

	for (i = 0; i < LUF_NR_POINTS; i++) {
		struct luf_point *point = &luf_points[i];

		seq_printf(file, "%s %s %s %lld %lld\n", point->param, point->name,
			   !point->probed ? "absent" : point->on ? "on" : "off",
			   (long long)atomic64_read(&point->reached),
			   (long long)atomic64_read(&point->flushed));
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(points);

/* Any write sets every counter back to zero. */
static ssize_t reset_write(struct file *file, const char __user *text, size_t size, loff_t *pos)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(counters); i++)
		atomic64_set(counters[i].value, 0);
	for (i = 0; i < LUF_NR_POINTS; i++) {
		atomic64_set(&luf_points[i].reached, 0);
		atomic64_set(&luf_points[i].flushed, 0);
	}
	return size;
}

static const struct file_operations reset_fops = {
	.owner = THIS_MODULE,
	.write = reset_write,
	.llseek = noop_llseek,
};

/* Any write pays for everything and frees what was held. */
static ssize_t pay_write(struct file *file, const char __user *text, size_t size, loff_t *pos)
{
	luf_release(true);
	return size;
}

static const struct file_operations pay_fops = {
	.owner = THIS_MODULE,
	.write = pay_write,
	.llseek = noop_llseek,
};

void luf_report_init(void)
{
	folder = debugfs_create_dir("luf", NULL);
	debugfs_create_file("counters", 0444, folder, NULL, &counters_fops);
	debugfs_create_file("points", 0444, folder, NULL, &points_fops);
	debugfs_create_file("reset", 0200, folder, NULL, &reset_fops);
	debugfs_create_file("pay", 0200, folder, NULL, &pay_fops);
}

void luf_report_exit(void)
{
	debugfs_remove_recursive(folder);
}
