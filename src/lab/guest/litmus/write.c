// SPDX-License-Identifier: GPL-2.0-only
/* write(2) to the file has returned. */
#include "litmus.h"

static void act(struct litmus *test)
{
	static uint64_t page[PAGE / sizeof(uint64_t)];

	fill(page, test->fresh);
	if (pwrite(test->fd, page, PAGE, offset_of(test)) != PAGE)
		fail("pwrite");
}

static const struct hazard hazard = { "write", EXPECT_VALUE, NULL, act, NULL };

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
