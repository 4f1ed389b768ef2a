// SPDX-License-Identifier: GPL-2.0-only
/*
 * munmap(2) in the middle of reclaim: the entry is empty already, and the flush of its batch is still
 * to come. The reader unmaps every second page that it finds gone, and looks whether its address is gone,
 * too; in place of the others it maps new memory, which must be zero.
 */
#include "litmus.h"

#define PAGES 128
/* Reclaim looks at a share of its list at a time: more pages make larger batches. */
#define OTHERS 1024
#define MOST_RECLAIMS 60

static volatile bool is_mapped[PAGES];
static volatile bool is_new;
static volatile unsigned int left;

static volatile uint64_t *page_of(const struct litmus *test, size_t i)
{
	return test->page + i * WORDS;
}

static void start(struct litmus *test)
{
	static uint64_t words[WORDS];

	set_file(test, test->file);
	if (ftruncate(test->fd, (PAGES + OTHERS) * PAGE))
		fail("ftruncate");
	fill(words, value_of(0, 1));
	for (off_t page = 0; page < PAGES; page++) {
		if (pwrite(test->fd, words, PAGE, page * PAGE) != PAGE)
			fail("pwrite");
	}
	if (fsync(test->fd))
		fail("fsync");
}

static void map(struct litmus *test)
{
	void *pages = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, test->fd, 0);

	if (pages == MAP_FAILED)
		fail("mmap");
	/* Reclaim does not spare what is read this way: the reader can go on reading. */
	if (madvise(pages, PAGES * PAGE, MADV_SEQUENTIAL))
		fail("madvise");
	test->page = pages;
	left = PAGES;
	is_new = true;
}

/* The reader's translations, before anything is taken away. */
static void touch(const struct litmus *test)
{
	for (size_t i = 0; i < PAGES; i++) {
		(void)*page_of(test, i);
		is_mapped[i] = true;
	}
	is_new = false;
}

static void unmap(struct litmus *test, volatile uint64_t *page)
{
	if (munmap((void *)page, PAGE))
		fail("munmap");
	if (reads_well(page))
		test->stale++;
	else
		test->faults++;
}

static void replace(struct litmus *test, volatile uint64_t *page)
{
	const int kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE;

	if (mmap((void *)page, PAGE, PROT_READ | PROT_WRITE, kind, -1, 0) == MAP_FAILED)
		fail("mmap");
	if (*page)
		test->stale++;
}

static uint64_t unmap_what_is_gone(struct litmus *test)
{
	static size_t i;

	if (is_new)
		touch(test);
	i = (i + 1) % PAGES;
	if (!is_mapped[i])
		return test->fresh;
	if (is_cached_at(page_of(test, i))) {
		/* The flush of each batch takes the translations of all pages. */
		(void)*page_of(test, i);
		return test->fresh;
	}
	(i % 2 ? replace : unmap)(test, page_of(test, i));
	is_mapped[i] = false;
	left--;
	return test->fresh;
}

static void act(struct litmus *test)
{
	for (off_t page = PAGES; page < PAGES + OTHERS; page++)
		read_page(test->fd, page * PAGE);
	for (int i = 0; left && i < MOST_RECLAIMS; i++) {
		reclaim_page();
		nap(200);
	}
}

static void undo(struct litmus *test)
{
	munmap((void *)test->page, PAGES * PAGE);
}

static const struct hazard hazard = {
	.name = "race-munmap",
	.expect = EXPECT_VALUE,
	.map = map,
	.act = act,
	.undo = undo,
	.open = start,
	.look = unmap_what_is_gone,
	.stays = true,
};

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
