// SPDX-License-Identifier: GPL-2.0-only
/* fallocate(2) has punched a hole: zeros. */
#include "litmus.h"

static void act(struct litmus *test)
{
	test->fresh = 0;
	if (fallocate(test->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset_of(test), PAGE))
		fail("fallocate");
}

static const struct hazard hazard = {
	.name = "punch-hole",
	.expect = EXPECT_VALUE,
	.act = act,
};

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
