// SPDX-License-Identifier: GPL-2.0-only
/* The round that all litmus programs run. See litmus.h. */
#include "litmus.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#define MOST_ROUNDS 200
#define MOST_ATTEMPTS 12
#define MOST_WAITS 50

enum phase { WAIT, READ, ACTED, OVER, QUIT };

static volatile int phase = WAIT;
static volatile int reader_saw = WAIT;
static volatile unsigned long long reads_in_phase;
static struct litmus *running;
static const struct hazard *plan;
static sigjmp_buf out_of_read, out_of_probe;
static volatile sig_atomic_t probing;

void fail(const char *what)
{
	printf("litmus-failed what=%s errno=%d\n", what, errno);
	exit(2);
}

void fill(void *page, uint64_t value)
{
	uint64_t *words = page;

	for (size_t i = 0; i < WORDS; i++)
		words[i] = value;
}

/* Every round and every kind of content has a value of its own. */
uint64_t value_of(unsigned int round, unsigned int kind)
{
	return 0x10f0000000000000ULL | (uint64_t)kind << 32 | (round + 1);
}

void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("sched_setaffinity");
}

off_t offset_of(const struct litmus *test)
{
	return (off_t)(test->round % MOST_ROUNDS) * PAGE;
}

void map_file(struct litmus *test)
{
	void *page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, test->fd, offset_of(test));

	if (page == MAP_FAILED)
		fail("mmap");
	test->page = page;
}

static void on_fault(int signal)
{
	(void)signal;
	siglongjmp(probing ? out_of_probe : out_of_read, 1);
}

/* Whether a read is answered, by whatever. For the reader's thread. */
bool reads_well(volatile uint64_t *page)
{
	bool well = false;

	probing = 1;
	if (!sigsetjmp(out_of_probe, 0)) {
		(void)*page;
		well = true;
	}
	probing = 0;
	return well;
}

static void judge(struct litmus *test, uint64_t found)
{
	if (plan->expect == EXPECT_VALUE && found == test->fresh)
		return;
	/* An address that should be gone and reads well is as stale as an old value. */
	if (found == test->old || plan->expect == EXPECT_FAULT)
		test->stale++;
	else
		test->foreign++;
}

/* Before the flag, the new content may be there already; nothing else may. */
static void judge_early(struct litmus *test, uint64_t found)
{
	if (found != test->old && found != test->fresh)
		test->foreign++;
}

static uint64_t next_word(struct litmus *test)
{
	static size_t word;

	word = (word + 1) % WORDS;
	return test->page[word];
}

/* Looks for as long as the phase lasts. The flag is read before each look. */
static void read_on(struct litmus *test)
{
	uint64_t (*look)(struct litmus *test) = plan->look ? plan->look : next_word;

	for (;;) {
		int now = phase;
		uint64_t found;

		if (now != READ && now != ACTED)
			return;
		found = look(test);
		if (now == ACTED)
			judge(test, found);
		else
			judge_early(test, found);
		test->reads++;
		reads_in_phase++;
		reader_saw = now;
	}
}

/* Before the flag a fault is the change at work; after it, it is what was expected, or not. */
static void faulted(struct litmus *test)
{
	int now = phase;

	if (now == ACTED) {
		test->faults++;
		reader_saw = now;
		if (plan->expect == EXPECT_VALUE)
			return;
	}
	while (phase == now)
		;
}

static void *reader(void *unused)
{
	(void)unused;
	pin(1);
	while (phase != QUIT) {
		if (sigsetjmp(out_of_read, 0))
			faulted(running);
		else
			read_on(running);
		if (phase == WAIT || phase == OVER)
			reader_saw = phase;
	}
	return NULL;
}

static void await(int wanted)
{
	while (reader_saw != wanted)
		;
}

static void enter(int next)
{
	reads_in_phase = 0;
	__sync_synchronize();
	phase = next;
	await(next);
}

void nap(long us)
{
	struct timespec time = { 0, us * 1000 };

	nanosleep(&time, NULL);
}

/* Whether the page cache has the page; asking leaves the entry alone. */
bool is_cached_at(volatile uint64_t *page)
{
	unsigned char there = 0;

	if (mincore((void *)page, PAGE, &there))
		fail("mincore");
	return there & 1;
}

static bool is_cached(const struct litmus *test)
{
	return is_cached_at(test->page);
}

void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail(path);
	close(fd);
}

/*
 * As little as can be asked for: a kernel that is asked for more than it finds drains the lists of
 * every CPU in the end, and a CPU that another task ran on catches up with all flushes.
 */
void reclaim_page(void)
{
	int fd = open("/sys/fs/cgroup/litmus/memory.reclaim", O_WRONLY);

	if (fd < 0)
		fail("memory.reclaim");
	/* It says EAGAIN when it found less than it was asked for. */
	if (write(fd, "4096", 4) < 0 && errno != EAGAIN)
		fail("memory.reclaim");
	close(fd);
}

/*
 * Whether the reader reads on while the page is not there: it takes no fault, so it goes on by its
 * old translation. A reader that was flushed has the page back before long, or stands still.
 */
static bool reads_on(const struct litmus *test)
{
	unsigned long long before = reads_in_phase;

	for (int waits = 0; waits < MOST_WAITS; waits++) {
		unsigned long long now;

		nap(1000);
		now = reads_in_phase;
		__sync_synchronize();
		/* What was read before the page came back was read without it. */
		if (is_cached(test))
			return false;
		if (now > before + WORDS)
			return true;
	}
	return false;
}

static bool take_away(const struct litmus *test)
{
	/* A kernel that has flushed at once until now will do so again. */
	bool hopeless = test->tried > 2 && test->reached == 0;
	int attempts = hopeless ? 2 : MOST_ATTEMPTS;

	for (int attempt = 0; attempt < attempts; attempt++) {
		reclaim_page();
		if (!is_cached(test) && reads_on(test))
			return true;
	}
	return false;
}

static uint64_t aligned_page[WORDS] __attribute__((aligned(4096)));

/* Writes a page full of one value. */
void put_page(int fd, off_t offset, uint64_t value)
{
	fill(aligned_page, value);
	if (pwrite(fd, aligned_page, PAGE, offset) != PAGE)
		fail("pwrite");
}

/* What read(2) says is in a page: the value of all its words, or 0. */
uint64_t read_page(int fd, off_t offset)
{
	if (pread(fd, aligned_page, PAGE, offset) != PAGE)
		fail("pread");
	for (size_t i = 1; i < WORDS; i++) {
		if (aligned_page[i] != aligned_page[0])
			return 0;
	}
	return aligned_page[0];
}

static void one_round(struct litmus *test, const struct hazard *hazard)
{
	test->old = value_of(test->round, 1);
	test->fresh = value_of(test->round, 2);
	if (hazard->prepare)
		hazard->prepare(test);
	put_page(test->fd, offset_of(test), test->old);
	if (fsync(test->fd))
		fail("fsync");
	(hazard->map ? hazard->map : map_file)(test);
	enter(READ);
	while (reads_in_phase < 2 * WORDS)
		;
	if (!test->stays) {
		test->tried++;
		test->reached += take_away(test);
	}
	hazard->act(test);
	enter(ACTED);
	nap(10000);
	enter(OVER);
	if (hazard->undo)
		hazard->undo(test);
	munmap((void *)test->page, PAGE);
}

static void join_group(void)
{
	FILE *file = fopen("/sys/fs/cgroup/litmus/cgroup.procs", "w");

	if (!file || fprintf(file, "0\n") < 0 || fclose(file))
		fail("cgroup.procs");
}

static int to_other = -1;

/*
 * Forks before anything is mapped, so that asking the other process later takes no fault in this
 * one. It runs `serve` for each order, and answers when that has returned.
 */
void start_other(void (*serve)(const struct order *order))
{
	struct order order;
	int channel[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, channel))
		fail("socketpair");
	switch (fork()) {
	case -1:
		fail("fork");
		break;
	case 0:
		close(channel[0]);
		pin(0);
		/* What it brings into the cache is to be reclaimed with the rest. */
		join_group();
		while (read(channel[1], &order, sizeof(order)) == sizeof(order)) {
			serve(&order);
			if (write(channel[1], "", 1) != 1)
				_exit(1);
		}
		_exit(0);
	default:
		close(channel[1]);
		to_other = channel[0];
	}
}

void ask_other(const struct litmus *test, uint64_t value)
{
	struct order order = { offset_of(test), value };
	char answer;

	if (write(to_other, &order, sizeof(order)) != sizeof(order) ||
	    read(to_other, &answer, 1) != 1)
		fail("ask_other");
}

/* Opens the file that is mapped. */
void set_file(struct litmus *test, const char *path)
{
	test->fd = open(path, O_RDWR | O_CREAT, 0600);
	if (test->fd < 0 || ftruncate(test->fd, MOST_ROUNDS * PAGE))
		fail(path);
}

int run_hazard(const struct hazard *hazard, int argc, char **argv)
{
	static struct litmus test;
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };
	unsigned int rounds_wrong = 0;
	pthread_t thread;

	if (argc < 3 || argc > 4 || (argc == 4 && strcmp(argv[3], "stays")))
		fail("usage: FILE ROUNDS [stays]");
	setvbuf(stdout, NULL, _IOLBF, 0);
	test.name = hazard->name;
	test.file = argv[1];
	test.rounds = strtoul(argv[2], NULL, 10);
	test.stays = hazard->stays || argc == 4;
	plan = hazard;
	running = &test;
	join_group();
	if (hazard->open)
		hazard->open(&test);
	else
		set_file(&test, test.file);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	pin(0);
	if (pthread_create(&thread, NULL, reader, NULL))
		fail("pthread_create");
	for (test.round = 0; test.round < test.rounds; test.round++) {
		unsigned long long before = test.stale + test.foreign;

		one_round(&test, hazard);
		rounds_wrong += test.stale + test.foreign != before;
	}
	phase = QUIT;
	pthread_join(thread, NULL);
	if (to_other >= 0) {
		close(to_other);
		wait(NULL);
	}
	printf("litmus name=%s rounds=%u tried=%u reached=%u wrong=%u ", test.name, test.rounds,
	       test.tried, test.reached, rounds_wrong);
	printf("stale=%llu foreign=%llu faults=%llu reads=%llu\n", test.stale, test.foreign,
	       test.faults, test.reads);
	return 0;
}
