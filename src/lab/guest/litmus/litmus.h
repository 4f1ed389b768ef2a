/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every litmus program shares. Each round has a page of a file, mapped read-only and read
 * again and again by a reader on a CPU of its own, which takes no fault and is not switched away.
 * Reclaim takes the page away (the round is `tried`); where its flush was put off the reader goes
 * on by its old translation (the round is `reached`). Then the actor, on another CPU, changes
 * something, lets it return, and raises a flag. Whatever the reader reads after it has seen the
 * flag is judged.
 */
#ifndef LITMUS_H
#define LITMUS_H

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096UL
#define WORDS (PAGE / sizeof(uint64_t))

/* What the reader must find once it has seen the flag. */
enum expect { EXPECT_VALUE, EXPECT_FAULT };

struct litmus {
	const char *name;
	unsigned int rounds;
	/* Reclaim is left out: what is changed is a page that is mapped. */
	bool stays;
	/* Chosen by the program. */
	int fd;
	const char *file;
	/* Of this round. */
	unsigned int round;
	volatile uint64_t *page;
	uint64_t old, fresh;
	/* Results. */
	unsigned int tried, reached;
	unsigned long long reads, stale, foreign, faults;
};

/* What a program must say: how its pages come to be mapped, and what it does once they are gone. */
struct hazard {
	const char *name;
	enum expect expect;
	/* NULL: one page of the file, shared, read-only. */
	void (*map)(struct litmus *test);
	void (*act)(struct litmus *test);
	/* NULL, or what ends the round. */
	void (*undo)(struct litmus *test);
	/* NULL: the file that the program is called with is opened. */
	void (*open)(struct litmus *test);
	/* NULL: `old` and `fresh` are two values, and the page is filled with the first. */
	void (*prepare)(struct litmus *test);
	/* NULL: the words of the page in turn. */
	uint64_t (*look)(struct litmus *test);
	/* The hazard is about a page that stays: reclaim is left out. */
	bool stays;
};

/* What the other process is asked to do. */
struct order {
	off_t offset;
	uint64_t value;
};

int run_hazard(const struct hazard *hazard, int argc, char **argv);

void fail(const char *what);
void fill(void *page, uint64_t value);
uint64_t value_of(unsigned int round, unsigned int kind);
void pin(int cpu);
void nap(long us);
void set_file(struct litmus *test, const char *path);
void reclaim_page(void);
bool is_cached_at(volatile uint64_t *page);
bool reads_well(volatile uint64_t *page);
void write_to(const char *path, const char *text);
uint64_t read_page(int fd, off_t offset);
void put_page(int fd, off_t offset, uint64_t value);
void map_file(struct litmus *test);
void start_other(void (*serve)(const struct order *order));
void ask_other(const struct litmus *test, uint64_t value);
off_t offset_of(const struct litmus *test);

#endif
