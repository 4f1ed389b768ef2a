// SPDX-License-Identifier: GPL-2.0-only
/* mmap(MAP_FIXED) has put something else at the address. */
#include "litmus.h"

static void act(struct litmus *test)
{
	void *page;

	test->fresh = 0;
	page = mmap((void *)test->page, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (page == MAP_FAILED)
		fail("mmap");
}

static const struct hazard hazard = {
	.name = "map-fixed",
	.expect = EXPECT_VALUE,
	.act = act,
};

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
