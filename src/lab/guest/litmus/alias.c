// SPDX-License-Identifier: GPL-2.0-only
/* A store through a writable mapping of the same page, in the same process. */
#include "litmus.h"

static uint64_t *writable;

static void map(struct litmus *test)
{
	map_file(test);
	writable = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, test->fd, offset_of(test));
	if (writable == MAP_FAILED)
		fail("mmap");
}

static void act(struct litmus *test)
{
	fill(writable, test->fresh);
}

static void undo(struct litmus *test)
{
	(void)test;
	munmap(writable, PAGE);
}

static const struct hazard hazard = {
	.name = "alias",
	.expect = EXPECT_VALUE,
	.map = map,
	.act = act,
	.undo = undo,
};

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
