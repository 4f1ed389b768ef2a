// SPDX-License-Identifier: GPL-2.0-only
/* munmap(2) has returned: the address must be gone. */
#include "litmus.h"

static void act(struct litmus *test)
{
	if (munmap((void *)test->page, PAGE))
		fail("munmap");
}

static const struct hazard hazard = {
	.name = "munmap",
	.expect = EXPECT_FAULT,
	.act = act,
};

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
