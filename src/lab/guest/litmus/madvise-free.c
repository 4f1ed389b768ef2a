// SPDX-License-Identifier: GPL-2.0-only
/*
 * madvise(MADV_FREE) of a page that is in swap: nothing is there any more. Once one thread has read
 * zeros there, nobody may find the old content.
 */
#include "litmus.h"
#include <errno.h>
#include <sys/swap.h>

#define SWAP "/data/swap"
#define MOST_NAPS 300

static void start(struct litmus *test)
{
	set_file(test, test->file);
	if (swapon(SWAP, 0) && errno != EBUSY)
		fail("swapon " SWAP);
}

/* In swap once, so that the page is clean when it comes back: its entry may be emptied lazily. */
static void map(struct litmus *test)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		fail("mmap");
	fill(page, test->old);
	if (mprotect(page, PAGE, PROT_READ))
		fail("mprotect");
	test->page = page;
	for (int naps = 0; is_cached_at(test->page) && naps < MOST_NAPS; naps++) {
		reclaim_page();
		nap(1000);
	}
}

static void act(struct litmus *test)
{
	test->fresh = 0;
	if (madvise((void *)test->page, PAGE, MADV_FREE))
		fail("MADV_FREE");
	/* A page that was there after all may stay until it is wanted. */
	test->fresh = test->page[0];
}

static const struct hazard hazard = {
	.name = "madvise-free",
	.expect = EXPECT_VALUE,
	.map = map,
	.act = act,
	.open = start,
};

int main(int argc, char **argv)
{
	int result = run_hazard(&hazard, argc, argv);

	swapoff(SWAP);
	return result;
}
