// SPDX-License-Identifier: GPL-2.0-only
/* A store to a private mapping: its page is a copy from now on, and the file stays as it was. */
#include "litmus.h"

static void map(struct litmus *test)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, test->fd,
			  offset_of(test));

	if (page == MAP_FAILED)
		fail("mmap");
	test->page = page;
}

static void act(struct litmus *test)
{
	fill((void *)test->page, test->fresh);
	if (read_page(test->fd, offset_of(test)) != test->old)
		test->foreign++;
}

static const struct hazard hazard = {
	.name = "cow",
	.expect = EXPECT_VALUE,
	.map = map,
	.act = act,
};

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
