// SPDX-License-Identifier: GPL-2.0-only
/*
 * A uprobe is put on a page that is being executed. Its code returns the number of the round; the
 * reader calls it, and looks whether its first byte is the breakpoint.
 */
#include "litmus.h"
#include <linux/perf_event.h>
#include <sys/syscall.h>

/* mov $ROUND, %eax; ret; nop; nop */
#define CODE(round) (0x9090c300000000b8ULL | (uint64_t)(round) << 8)
#define BREAKPOINT 0xccULL

static int probe = -1;

static void prepare(struct litmus *test)
{
	test->old = CODE(test->round + 1);
	test->fresh = (test->old & ~0xffULL) | BREAKPOINT;
}

static void map(struct litmus *test)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, test->fd,
			  offset_of(test));

	if (page == MAP_FAILED)
		fail("mmap");
	test->page = page;
}

static uint64_t call(struct litmus *test)
{
	unsigned int (*code)(void) = (unsigned int (*)(void))test->page;

	if (code() != test->round + 1)
		return 0;
	return test->page[0];
}

static void act(struct litmus *test)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	unsigned int type;
	FILE *file = fopen("/sys/bus/event_source/devices/uprobe/type", "r");

	if (!file || fscanf(file, "%u", &type) != 1)
		fail("this kernel has no uprobes");
	fclose(file);
	attr.type = type;
	attr.config1 = (uintptr_t)test->file;
	attr.config2 = offset_of(test);
	probe = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	if (probe < 0)
		fail("perf_event_open");
}

static void undo(struct litmus *test)
{
	(void)test;
	close(probe);
}

static const struct hazard hazard = {
	.name = "uprobe",
	.expect = EXPECT_VALUE,
	.map = map,
	.act = act,
	.undo = undo,
	.prepare = prepare,
	.look = call,
};

int main(int argc, char **argv)
{
	return run_hazard(&hazard, argc, argv);
}
