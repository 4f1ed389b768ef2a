// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file of a network file system changes on its server; then read(2) shows the new content. What
 * it has shown, a mapping must show, too.
 */
#include "litmus.h"

#define MOUNTED "/nfs/nfs"

static int server = -1;

static void start(struct litmus *test)
{
	server = open(test->file, O_RDWR | O_CREAT, 0600);
	if (server < 0)
		fail("the server's file");
	set_file(test, MOUNTED);
}

static void act(struct litmus *test)
{
	uint64_t shown;
	int again;

	/* The server tells changes apart by their time, which has the length of a tick. */
	nap(20000);
	put_page(server, offset_of(test), test->fresh);
	if (fsync(server))
		fail("fsync");
	/* Who opens the file asks the server whether it has changed. */
	again = open(MOUNTED, O_RDONLY);
	if (again < 0)
		fail(MOUNTED);
	shown = read_page(again, offset_of(test));
	close(again);
	if (shown != test->old && shown != test->fresh)
		test->foreign++;
	test->fresh = shown;
}

static const struct hazard hazard = {
	.name = "nfs",
	.expect = EXPECT_VALUE,
	.act = act,
	.open = start,
};

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
