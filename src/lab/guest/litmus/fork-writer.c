// SPDX-License-Identifier: GPL-2.0-only
/* fork(2) while another thread stores: nothing that it stores afterwards may reach the child. */
#include "litmus.h"
#include <sys/wait.h>

static void map(struct litmus *test)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		fail("mmap");
	test->page = page;
	fill(page, test->old);
}

/* The thread on the other CPU stores a number, and finds it again. */
static uint64_t store(struct litmus *test)
{
	static uint64_t number;

	test->page[0] = ++number;
	return test->page[0] == number ? test->fresh : test->page[0];
}

static void act(struct litmus *test)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		uint64_t first = test->page[0];

		nap(5000);
		_exit(test->page[0] != first);
	}
	if (waitpid(pid, &status, 0) != pid)
		fail("waitpid");
	if (status)
		test->stale++;
}

static const struct hazard hazard = {
	.name = "fork-writer",
	.expect = EXPECT_VALUE,
	.map = map,
	.act = act,
	.look = store,
	.stays = true,
};

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
