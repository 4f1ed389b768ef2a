// SPDX-License-Identifier: GPL-2.0-only
/* A store through a writable mapping of the same page, by another process. */
#include "litmus.h"
#include <sys/wait.h>
#include <sys/socket.h>

static int channel[2];

/* The other process: stores what it is told, where it is told, and answers. */
static void child(const char *path)
{
	struct { off_t offset; uint64_t value; } order;
	int fd = open(path, O_RDWR);

	if (fd < 0)
		fail("open");
	pin(0);
	while (read(channel[1], &order, sizeof(order)) == sizeof(order)) {
		void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
				  order.offset);

		if (page == MAP_FAILED)
			fail("mmap");
		fill(page, order.value);
		if (write(channel[1], "", 1) != 1)
			fail("answer");
		munmap(page, PAGE);
	}
	_exit(0);
}

static void act(struct litmus *test)
{
	struct { off_t offset; uint64_t value; } order = { offset_of(test), test->fresh };
	char answer;

	if (write(channel[0], &order, sizeof(order)) != sizeof(order) ||
	    read(channel[0], &answer, 1) != 1)
		fail("order");
}

static const struct hazard hazard = { "alias-other", EXPECT_VALUE, NULL, act, NULL };

int main(int argc, char **argv)
{
	int status;

	if (argc < 2 || socketpair(AF_UNIX, SOCK_STREAM, 0, channel))
		fail("socketpair");
	if (!fork()) {
		close(channel[0]);
		/* The file is there once the first order comes. */
		close(open(argv[1], O_RDWR | O_CREAT, 0600));
		child(argv[1]);
	}
	close(channel[1]);
	status = run_hazard(&hazard, argc, argv);
	close(channel[0]);
	wait(NULL);
	return status;
}
