// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wants more memory than its group may have, until the kernel kills it.  hog MEGABYTES LIMIT_MEGABYTES
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUP "/sys/fs/cgroup/hog"

static void put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd))
		exit(2);
}

int main(int argc, char **argv)
{
	size_t bytes;
	char limit[32], *memory;

	if (argc != 3)
		return 2;
	bytes = strtoul(argv[1], NULL, 10) << 20;
	snprintf(limit, sizeof(limit), "%sM", argv[2]);
	mkdir(GROUP, 0700);
	put(GROUP "/memory.max", limit);
	put(GROUP "/cgroup.procs", "0");
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return 2;
	for (size_t i = 0; i < bytes; i += 4096)
		memory[i] = 1;
	return 0;
}
