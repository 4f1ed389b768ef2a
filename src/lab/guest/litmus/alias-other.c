// SPDX-License-Identifier: GPL-2.0-only
/* A store through a writable mapping of the same page, by another process. */
#include "litmus.h"

static int file;

static void serve(const struct order *order)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, order->offset);

	if (page == MAP_FAILED)
		fail("mmap");
	fill(page, order->value);
	munmap(page, PAGE);
}

static void act(struct litmus *test)
{
	ask_other(test, test->fresh);
}

static const struct hazard hazard = {
	.name = "alias-other",
	.expect = EXPECT_VALUE,
	.act = act,
};

int main(int argc, char **argv)
{
	file = argc < 2 ? -1 : open(argv[1], O_RDWR | O_CREAT, 0600);
	if (file < 0)
		fail("open");
	start_other(serve);
	return run_hazard(&hazard, argc, argv);
}
