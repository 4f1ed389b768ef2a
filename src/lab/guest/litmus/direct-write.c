// SPDX-License-Identifier: GPL-2.0-only
/* write(2) past the page cache (O_DIRECT) has returned. */
#include "litmus.h"

static int direct = -1;

static void act(struct litmus *test)
{
	if (direct < 0)
		direct = open(test->file, O_WRONLY | O_DIRECT);
	if (direct < 0)
		fail("O_DIRECT");
	put_page(direct, offset_of(test), test->fresh);
}

static const struct hazard hazard = {
	.name = "direct-write",
	.expect = EXPECT_VALUE,
	.act = act,
};

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
