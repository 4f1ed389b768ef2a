// SPDX-License-Identifier: GPL-2.0-only
/* The frame goes to another process, which writes: the reader's mapping has not changed at all. */
#include "litmus.h"
#include <sys/wait.h>

#define PAGES 512

static void act(struct litmus *test)
{
	pid_t child = fork();

	test->fresh = test->old;
	if (child < 0)
		fail("fork");
	if (!child) {
		char *pages = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (pages == MAP_FAILED)
			_exit(1);
		for (size_t i = 0; i < PAGES; i++)
			fill(pages + i * PAGE, value_of(test->round, 3));
		_exit(0);
	}
	if (waitpid(child, NULL, 0) != child)
		fail("waitpid");
}

static const struct hazard hazard = { "frame-reuse", EXPECT_VALUE, NULL, act, NULL };

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
