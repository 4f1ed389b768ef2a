// SPDX-License-Identifier: GPL-2.0-only
/* mremap(2) has moved the mapping: the old address must be gone. */
#include "litmus.h"

static void *moved;

static void act(struct litmus *test)
{
	void *to = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (to == MAP_FAILED)
		fail("mmap");
	moved = mremap((void *)test->page, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	if (moved == MAP_FAILED)
		fail("mremap");
}

static void undo(struct litmus *test)
{
	(void)test;
	munmap(moved, PAGE);
}

static const struct hazard hazard = {
	.name = "mremap",
	.expect = EXPECT_FAULT,
	.act = act,
	.undo = undo,
};

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
