// SPDX-License-Identifier: GPL-2.0-only
/* move_pages(2) takes the page to another node; then write(2) changes it. */
#include "litmus.h"
#include <errno.h>
#include <sys/syscall.h>

#define MOVE_ALL (1 << 2)
#define MOST_TRIES 500

static int read_only = -1;

static int move(const void *page, const int *node)
{
	int status = -EAGAIN;

	if (syscall(SYS_move_pages, 0, 1UL, &page, node, &status, MOVE_ALL) < 0)
		fail("move_pages");
	return status;
}

/*
 * The page is brought back through a mapping of its own, which can never be written: the fault
 * pays for nothing.
 */
static void act(struct litmus *test)
{
	volatile uint64_t *page;
	int from, to, tries = 0;

	if (read_only < 0)
		read_only = open(test->file, O_RDONLY);
	page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, read_only, offset_of(test));
	if (page == MAP_FAILED || page[0] != test->old)
		fail("read-only mapping");
	from = move((const void *)page, NULL);
	if (from < 0)
		fail("move_pages: no node");
	to = !from;
	/* Somebody else may hold the page for a moment, or reclaim have taken it. */
	while (move((const void *)page, &to) != to) {
		if (tries++ == MOST_TRIES)
			fail("move_pages: the page does not move");
		nap(1000);
		(void)page[0];
	}
	put_page(test->fd, offset_of(test), test->fresh);
	munmap((void *)page, PAGE);
}

static const struct hazard hazard = {
	.name = "move-pages",
	.expect = EXPECT_VALUE,
	.act = act,
};

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
