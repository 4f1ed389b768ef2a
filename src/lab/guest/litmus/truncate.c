// SPDX-License-Identifier: GPL-2.0-only
/* ftruncate(2) has cut the page off: no access. */
#include "litmus.h"

static void act(struct litmus *test)
{
	if (ftruncate(test->fd, offset_of(test)))
		fail("ftruncate");
}

static const struct hazard hazard = {
	.name = "truncate",
	.expect = EXPECT_FAULT,
	.act = act,
};

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
