// SPDX-License-Identifier: GPL-2.0-only
/* write(2) past the page cache (O_DIRECT) has returned. */
#include "litmus.h"

static int direct = -1;

static void act(struct litmus *test)
{
	static uint64_t page[PAGE / sizeof(uint64_t)] __attribute__((aligned(4096)));

	if (direct < 0)
		direct = open(test->file, O_WRONLY | O_DIRECT);
	if (direct < 0)
		fail("O_DIRECT");
	fill(page, test->fresh);
	if (pwrite(direct, page, PAGE, offset_of(test)) != PAGE)
		fail("pwrite");
}

static const struct hazard hazard = { "direct-write", EXPECT_VALUE, NULL, act, NULL };

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
