// SPDX-License-Identifier: GPL-2.0-only
/* mprotect(PROT_NONE) has returned: nobody may read. */
#include "litmus.h"

static void act(struct litmus *test)
{
	if (mprotect((void *)test->page, PAGE, PROT_NONE))
		fail("mprotect");
}

static const struct hazard hazard = {
	.name = "mprotect",
	.expect = EXPECT_FAULT,
	.act = act,
};

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
