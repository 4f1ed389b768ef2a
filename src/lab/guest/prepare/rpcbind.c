// SPDX-License-Identifier: GPL-2.0-only
/*
 * What nfsd needs of rpcbind: somebody on its socket who says yes. Nobody ever asks where a service is:
 * the only client is told. Without it nfsd waits two minutes before it starts.
 */
#define _DEFAULT_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET "/var/run/rpcbind.sock"
#define LAST 0x80000000u
#define MOST_BYTES 4096

static int read_all(int fd, void *into, size_t bytes)
{
	for (size_t done = 0; done < bytes;) {
		ssize_t n = read(fd, (char *)into + done, bytes - done);

		if (n <= 0)
			return -1;
		done += n;
	}
	return 0;
}

/* One call and its answer: accepted, done, true. */
static int answer(int fd)
{
	static uint32_t call[MOST_BYTES / sizeof(uint32_t)];
	uint32_t mark, reply[8] = { 0 };

	if (read_all(fd, &mark, sizeof(mark)))
		return -1;
	mark = ntohl(mark) & ~LAST;
	if (mark < 2 * sizeof(uint32_t) || mark > MOST_BYTES || read_all(fd, call, mark))
		return -1;
	reply[0] = htonl(LAST | (sizeof(reply) - sizeof(reply[0])));
	reply[1] = call[0];
	/* A reply. Then, all zero: accepted, no verifier, its length, success. */
	reply[2] = htonl(1);
	reply[7] = htonl(1);
	return write(fd, reply, sizeof(reply)) == sizeof(reply) ? 0 : -1;
}

int main(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };
	int server = socket(AF_UNIX, SOCK_STREAM, 0);

	unlink(SOCKET);
	if (server < 0 || bind(server, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(server, 8)) {
		perror(SOCKET);
		return 1;
	}
	/* Who starts it waits for its output to end. */
	if (daemon(0, 0)) {
		perror("daemon");
		return 1;
	}
	for (;;) {
		int fd = accept(server, NULL, NULL);

		if (fd < 0)
			continue;
		if (fork() == 0) {
			while (!answer(fd))
				;
			_exit(0);
		}
		close(fd);
	}
}
