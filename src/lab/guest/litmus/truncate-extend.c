// SPDX-License-Identifier: GPL-2.0-only
/* The file was cut and made longer again: zeros. */
#include "litmus.h"

static void act(struct litmus *test)
{
	off_t offset = offset_of(test);

	test->fresh = 0;
	if (ftruncate(test->fd, offset) || ftruncate(test->fd, offset + PAGE))
		fail("ftruncate");
}

static const struct hazard hazard = {
	.name = "truncate-extend",
	.expect = EXPECT_VALUE,
	.act = act,
};

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
