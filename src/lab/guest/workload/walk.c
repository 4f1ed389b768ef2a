// SPDX-License-Identifier: GPL-2.0-only
/*
 * What LUF was made for: several threads read a large read-only mapping of a file, more than their
 * memory group may keep, so that reclaim takes pages away all the time. Every page says which it
 * is.  walk FILE MEGABYTES THREADS SECONDS LIMIT_MEGABYTES
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL
#define GROUP "/sys/fs/cgroup/walk"

struct walker {
	pthread_t thread;
	int cpu;
	unsigned long long pages, wrong;
};

static const uint64_t *mapping;
static unsigned long pages;
static volatile int stop;

static void fail(const char *what)
{
	printf("run-failed walk what=%s errno=%d\n", what, errno);
	exit(2);
}

static void put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd))
		fail(file);
}

static void *walk(void *argument)
{
	struct walker *walker = argument;
	/* Each begins elsewhere. */
	unsigned long page = pages / 7 * walker->cpu % pages;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(walker->cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	while (!stop) {
		const uint64_t *words = mapping + page * PAGE / sizeof(*words);
		size_t last = PAGE / sizeof(*words) - 1;

		if (words[0] != page || words[last] != ~(uint64_t)page)
			walker->wrong++;
		walker->pages++;
		page = page + 1 == pages ? 0 : page + 1;
	}
	return NULL;
}

static void make_file(int fd)
{
	static uint64_t words[PAGE / sizeof(uint64_t)];

	for (unsigned long page = 0; page < pages; page++) {
		words[0] = page;
		words[PAGE / sizeof(uint64_t) - 1] = ~(uint64_t)page;
		if (write(fd, words, PAGE) != PAGE)
			fail("write");
	}
	if (fsync(fd))
		fail("fsync");
}

int main(int argc, char **argv)
{
	unsigned long long read = 0, wrong = 0;
	struct walker *walkers;
	struct stat status;
	char limit[32];
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int fd, threads;

	if (argc != 6)
		fail("usage");
	pages = strtoul(argv[2], NULL, 10) * 256;
	threads = atoi(argv[3]);
	snprintf(limit, sizeof(limit), "%sM", argv[5]);
	mkdir(GROUP, 0700);
	put(GROUP "/memory.max", limit);
	put(GROUP "/cgroup.procs", "0");
	fd = open(argv[1], O_RDWR | O_CREAT, 0600);
	if (fd < 0 || fstat(fd, &status))
		fail("open");
	if ((unsigned long)status.st_size != pages * PAGE)
		make_file(fd);
	/* As who only reads does: a mapping of a file that may be written could become writable. */
	close(fd);
	fd = open(argv[1], O_RDONLY);
	if (fd < 0)
		fail("open");
	mapping = mmap(NULL, pages * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	walkers = calloc(threads, sizeof(*walkers));
	if (mapping == MAP_FAILED || !walkers)
		fail("mmap");
	for (int i = 0; i < threads; i++) {
		walkers[i].cpu = i % cpus;
		if (pthread_create(&walkers[i].thread, NULL, walk, &walkers[i]))
			fail("pthread_create");
	}
	sleep(strtoul(argv[4], NULL, 10));
	stop = 1;
	for (int i = 0; i < threads; i++) {
		pthread_join(walkers[i].thread, NULL);
		read += walkers[i].pages;
		wrong += walkers[i].wrong;
	}
	printf("work pages=%llu wrong=%llu\n", read, wrong);
	return 0;
}
