// SPDX-License-Identifier: GPL-2.0-only
/* write(2) to the file has returned. */
#include "litmus.h"

static void act(struct litmus *test)
{
	put_page(test->fd, offset_of(test), test->fresh);
}

static const struct hazard hazard = {
	.name = "write",
	.expect = EXPECT_VALUE,
	.act = act,
};

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
