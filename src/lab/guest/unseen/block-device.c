// SPDX-License-Identifier: GPL-2.0-only
/*
 * The block device changes beneath the file system; then read(2) shows what is there now. What it
 * has shown, a mapping must show, too.
 */
#include "litmus.h"
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static int device = -1;

/* The device that the file's file system is on. */
static void find_device(const struct litmus *test)
{
	char path[64], line[64], name[96] = "";
	struct stat status;
	FILE *file;

	if (fstat(test->fd, &status))
		fail("fstat");
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/uevent", major(status.st_dev),
		 minor(status.st_dev));
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "DEVNAME=", 8)) {
			line[strcspn(line, "\n")] = 0;
			snprintf(name, sizeof(name), "/dev/%s", line + 8);
		}
	}
	if (file)
		fclose(file);
	device = open(name, O_WRONLY | O_DIRECT);
	if (device < 0)
		fail("block device");
}

static off_t place_of(const struct litmus *test)
{
	static union {
		struct fiemap map;
		char room[sizeof(struct fiemap) + sizeof(struct fiemap_extent)];
	} asked;
	const struct fiemap_extent *extent = asked.map.fm_extents;

	asked.map.fm_start = offset_of(test);
	asked.map.fm_length = PAGE;
	asked.map.fm_flags = FIEMAP_FLAG_SYNC;
	asked.map.fm_extent_count = 1;
	if (ioctl(test->fd, FS_IOC_FIEMAP, &asked.map) || asked.map.fm_mapped_extents != 1)
		fail("FIEMAP");
	return extent->fe_physical + offset_of(test) - extent->fe_logical;
}

static void act(struct litmus *test)
{
	uint64_t shown;

	if (device < 0)
		find_device(test);
	put_page(device, place_of(test), test->fresh);
	shown = read_page(test->fd, offset_of(test));
	/* Where the page was still cached, read(2) shows the old content, and so may a mapping. */
	if (shown != test->old && shown != test->fresh)
		test->foreign++;
	test->fresh = shown;
}

static const struct hazard hazard = {
	.name = "block-device",
	.expect = EXPECT_VALUE,
	.act = act,
};

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
