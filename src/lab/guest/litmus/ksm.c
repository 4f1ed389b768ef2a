// SPDX-License-Identifier: GPL-2.0-only
/*
 * KSM makes one page of two equal ones; then one of them is written. The reader's page has been
 * swapped out, and back: what is clean may be taken away without a flush.
 */
#include "litmus.h"
#include <errno.h>
#include <sys/swap.h>

#define KSM "/sys/kernel/mm/ksm/"
#define SWAP "/data/swap"
#define MOST_NAPS 300

static volatile uint64_t *twin;

static void start(struct litmus *test)
{
	set_file(test, test->file);
	if (swapon(SWAP, 0) && errno != EBUSY)
		fail("swapon " SWAP);
	write_to(KSM "sleep_millisecs", "5");
	write_to(KSM "pages_to_scan", "1000");
}

static volatile uint64_t *map_one(const struct litmus *test)
{
	/* Between two holes: a mapping of its own. */
	char *room = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *page = room + PAGE;

	if (room == MAP_FAILED || mprotect(page, PAGE, PROT_READ | PROT_WRITE))
		fail("mmap");
	fill(page, test->old);
	if (madvise(page, PAGE, MADV_MERGEABLE) || mprotect(page, PAGE, PROT_READ))
		fail("MADV_MERGEABLE");
	return (volatile uint64_t *)page;
}

static void map(struct litmus *test)
{
	test->page = map_one(test);
	twin = map_one(test);
	for (int naps = 0; is_cached_at(test->page) && naps < MOST_NAPS; naps++) {
		reclaim_page();
		nap(1000);
	}
}

static long merging(void)
{
	FILE *file = fopen("/proc/self/ksm_merging_pages", "r");
	long pages;

	if (!file || fscanf(file, "%ld", &pages) != 1)
		fail("ksm_merging_pages");
	fclose(file);
	return pages;
}

static void act(struct litmus *test)
{
	int naps = 0;

	write_to(KSM "run", "1");
	while (merging() < 2 && naps++ < MOST_NAPS) {
		if (test->page[0] != test->old || twin[0] != test->old)
			test->foreign++;
		nap(5000);
	}
	write_to(KSM "run", "0");
	if (merging() < 2)
		fail("KSM merged nothing");
	if (mprotect((void *)test->page, PAGE, PROT_READ | PROT_WRITE))
		fail("mprotect");
	fill((void *)test->page, test->fresh);
	for (size_t i = 0; i < WORDS; i++) {
		if (twin[i] != test->old)
			test->foreign++;
	}
}

static void undo(struct litmus *test)
{
	(void)test;
	munmap((void *)twin, PAGE);
	write_to(KSM "run", "2");
	write_to(KSM "run", "0");
}

static const struct hazard hazard = {
	.name = "ksm",
	.expect = EXPECT_VALUE,
	.map = map,
	.act = act,
	.undo = undo,
	.open = start,
};

int main(int argc, char **argv)
{
	int result = run_hazard(&hazard, argc, argv);

	swapoff(SWAP);
	return result;
}
