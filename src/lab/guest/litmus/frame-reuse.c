// SPDX-License-Identifier: GPL-2.0-only
/* The frame goes to another process, which writes: the reader's mapping has not changed at all. */
#include "litmus.h"

#define PAGES 512

/* Fresh frames each time. */
static void serve(const struct order *order)
{
	char *pages = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);

	if (pages == MAP_FAILED)
		fail("mmap");
	for (size_t i = 0; i < PAGES; i++)
		fill(pages + i * PAGE, order->value);
	munmap(pages, PAGES * PAGE);
}

static void act(struct litmus *test)
{
	test->fresh = test->old;
	ask_other(test, value_of(test->round, 3));
}

static const struct hazard hazard = {
	.name = "frame-reuse",
	.expect = EXPECT_VALUE,
	.act = act,
};

int main(int argc, char **argv)
{
	start_other(serve);
	return run_hazard(&hazard, argc, argv);
}
