// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reclaim empties the entry of a page, and keeps the page: a pipe holds it. When the pipe lets go the
 * page is freed without being unmapped again, and another process has its frame.
 */
#include "litmus.h"

#define MOST_RECLAIMS 30
#define PAGES 512
#define PRESENT (1ULL << 63)

static int ends[2];
static int pagemap = -1;

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

static void start(struct litmus *test)
{
	set_file(test, test->file);
	pagemap = open("/proc/self/pagemap", O_RDONLY);
	if (pagemap < 0)
		fail("pagemap");
}

/* Whether the entry is set; asking leaves it alone. */
static bool is_mapped(const struct litmus *test)
{
	uint64_t entry;

	if (pread(pagemap, &entry, sizeof(entry), (uintptr_t)test->page / PAGE * sizeof(entry)) !=
	    sizeof(entry))
		fail("pagemap");
	return entry & PRESENT;
}

static void act(struct litmus *test)
{
	off_t offset = offset_of(test);

	test->fresh = test->old;
	/* The pipe has the page itself, not a copy. */
	if (pipe(ends) || splice(test->fd, &offset, ends[1], NULL, PAGE, 0) != PAGE)
		fail("splice");
	for (int i = 0; is_mapped(test) && i < MOST_RECLAIMS; i++) {
		reclaim_page();
		nap(1000);
	}
	close(ends[0]);
	close(ends[1]);
	for (int i = 0; is_cached_at(test->page) && i < MOST_RECLAIMS; i++)
		reclaim_page();
	ask_other(test, value_of(test->round, 3));
}

static const struct hazard hazard = {
	.name = "kept-folio",
	.expect = EXPECT_VALUE,
	.act = act,
	.open = start,
	.stays = true,
};

int main(int argc, char **argv)
{
	start_other(serve);
	return run_hazard(&hazard, argc, argv);
}
