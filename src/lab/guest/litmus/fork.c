// SPDX-License-Identifier: GPL-2.0-only
/* fork(2), then a store: the parent's page is a copy, and the child keeps the old content. */
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

/* The child looks when the parent has stored, and says whether all is as it was. */
static void child(const struct litmus *test, int go)
{
	char unused;

	if (read(go, &unused, 1) != 1)
		_exit(2);
	for (size_t i = 0; i < WORDS; i++) {
		if (test->page[i] != test->old)
			_exit(1);
	}
	_exit(0);
}

static void act(struct litmus *test)
{
	int go[2], status;
	pid_t pid;

	if (pipe(go))
		fail("pipe");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0)
		child(test, go[0]);
	fill((void *)test->page, test->fresh);
	if (write(go[1], "", 1) != 1 || waitpid(pid, &status, 0) != pid)
		fail("child");
	if (status)
		test->foreign++;
	close(go[0]);
	close(go[1]);
}

static const struct hazard hazard = {
	.name = "fork",
	.expect = EXPECT_VALUE,
	.map = map,
	.act = act,
	.stays = true,
};

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
