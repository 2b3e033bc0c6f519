/* SPDX-License-Identifier: MIT */
/*
 * hammer MODE FILE WRITERS READERS ROUNDS: many processes on one name.
 *
 * Every writer opens, writes and closes FILE ROUNDS times; readers open and
 * read it until the writers are done.  No call may fail, whatever the others
 * do, and every content that is read must be whole:
 *
 *	trunc   writers truncate; each content is that of one writer
 *	append  writers append a record at each open; at the end none is missing
 *	update  each writer counts up in a record of its own; none is lost
 *	mixed   half truncate, half append; the file is whole records
 *	names   as trunc, but every other time by a temp name and rename
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "whole.h"

#define BIGGEST 150000

static const char *file;
static unsigned int writers;
static unsigned int rounds;
static char buf[1 << 23];

__attribute__((format(printf, 1, 2), noreturn)) static void die(const char *fmt,
								...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "hammer: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	_exit(1);
}

static int open_or_die(const char *name, int flags)
{
	int fd = open(name, flags | O_CLOEXEC, 0644);

	if (fd < 0)
		die("open %s with flags %#x: %s", name, (unsigned int)flags,
		    strerror(errno));
	return fd;
}

static void write_or_die(int fd, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, data, n);

		if (done <= 0)
			die("write: %s", strerror(errno));
		data += done;
		n -= (size_t)done;
	}
}

static void close_or_die(int fd)
{
	if (close(fd))
		die("close: %s", strerror(errno));
}

static size_t read_whole_file(int fd)
{
	size_t n = 0;
	ssize_t got;

	while ((got = read(fd, buf + n, sizeof(buf) - n)) > 0)
		n += (size_t)got;
	if (got < 0)
		die("read: %s", strerror(errno));
	return n;
}

/* --- content by whole files ---------------------------------------------- */

static void write_content(const char *name, unsigned int me, unsigned int seq)
{
	uint64_t state = (uint64_t)seq * 1000 + me;
	size_t size = WHOLE_HEAD + whole_random(&state) % BIGGEST;
	size_t cut = whole_random(&state) % size;
	int flags = O_WRONLY | O_TRUNC | (seq % 3 ? O_CREAT : 0);
	int fd;

	if (name != file)
		flags |= O_CREAT;
	whole_fill(buf, size, me, seq);
	fd = open_or_die(name, flags);
	write_or_die(fd, buf, cut);
	write_or_die(fd, buf + cut, size - cut);
	close_or_die(fd);
}

static void write_trunc(unsigned int me, unsigned int seq)
{
	write_content(file, me, seq);
}

static void write_names(unsigned int me, unsigned int seq)
{
	char temp[4096];

	if (seq % 2) {
		write_content(file, me, seq);
		return;
	}
	snprintf(temp, sizeof(temp), "%s.temp%u", file, me);
	write_content(temp, me, seq);
	if (rename(temp, file))
		die("rename %s: %s", temp, strerror(errno));
}

static void read_content(unsigned int seq)
{
	int fd = open_or_die(file, O_RDONLY);
	size_t n = read_whole_file(fd);
	struct stat st;
	char why[128];

	if (whole_check(buf, n, why, sizeof(why)))
		die("read %u is torn: %s", seq, why);
	if (fstat(fd, &st) || (size_t)st.st_size != n)
		die("fstat: size %lld, read %zu", (long long)st.st_size, n);
	close_or_die(fd);
	if (stat(file, &st))
		die("stat: %s", strerror(errno));
}

/* --- content by records --------------------------------------------------- */

static void write_append(unsigned int me, unsigned int seq)
{
	int fd = open_or_die(file, O_WRONLY | O_APPEND | O_CREAT);

	record_fill(buf, me, seq);
	write_or_die(fd, buf, RECORD_SIZE);
	close_or_die(fd);
}

static void write_mixed(unsigned int me, unsigned int seq)
{
	int fd;
	int i;

	if (me % 2) {
		write_append(me, seq);
		return;
	}
	fd = open_or_die(file, O_WRONLY | O_TRUNC | (seq % 2 ? O_CREAT : 0));
	record_fill(buf, me, seq);
	for (i = 0; i < 20; i++)
		write_or_die(fd, buf, RECORD_SIZE);
	close_or_die(fd);
}

static void write_update(unsigned int me, unsigned int seq)
{
	int fd = open_or_die(file, O_RDWR);
	unsigned int who;
	unsigned int last;
	off_t at = (off_t)me * RECORD_SIZE;

	if (pread(fd, buf, RECORD_SIZE, at) != RECORD_SIZE)
		die("pread of slot %u: %s", me, strerror(errno));
	if (record_check(buf, &who, &last) || who != me || last + 1 != seq)
		die("writer %u: want %u in its slot, got '%.30s'", me, seq - 1,
		    buf);
	record_fill(buf, me, seq);
	if (pwrite(fd, buf, RECORD_SIZE, at) != RECORD_SIZE)
		die("pwrite: %s", strerror(errno));
	close_or_die(fd);
}

static void read_records(unsigned int seq)
{
	int fd = open_or_die(file, O_RDONLY);
	size_t n = read_whole_file(fd);
	unsigned int who;
	unsigned int which;
	size_t at;

	close_or_die(fd);
	if (n % RECORD_SIZE)
		die("read %u: %zu bytes are no whole records", seq, n);
	for (at = 0; at < n; at += RECORD_SIZE)
		if (record_check(buf + at, &who, &which))
			die("read %u: torn at %zu of %zu: '%.40s'", seq, at, n,
			    buf + at);
}

static void check_appended(void)
{
	unsigned int *next = calloc(writers, sizeof(*next));
	int fd = open_or_die(file, O_RDONLY);
	size_t n = read_whole_file(fd);
	unsigned int who;
	unsigned int which;
	size_t at;

	if (!next)
		die("out of memory");
	close_or_die(fd);
	for (at = 0; at < n; at += RECORD_SIZE) {
		if (record_check(buf + at, &who, &which) || who >= writers)
			die("torn at %zu", at);
		if (which == 0)
			continue; /* what main() put there */
		if (which != ++next[who])
			die("writer %u: record %u where %u was next", who,
			    which, next[who]);
	}
	for (who = 0; who < writers; who++)
		if (next[who] != rounds)
			die("writer %u: %u of %u records", who, next[who],
			    rounds);
	free(next);
}

static void check_updated(void)
{
	int fd = open_or_die(file, O_RDONLY);
	size_t n = read_whole_file(fd);
	unsigned int who;
	unsigned int which;
	unsigned int i;

	close_or_die(fd);
	if (n != (size_t)writers * RECORD_SIZE)
		die("%zu bytes at the end", n);
	for (i = 0; i < writers; i++)
		if (record_check(buf + i * RECORD_SIZE, &who, &which) ||
		    who != i || which != rounds)
			die("slot %u at the end: '%.30s'", i,
			    buf + i * RECORD_SIZE);
}

/* --- processes ------------------------------------------------------------ */

static const struct mode {
	const char *name;
	void (*write)(unsigned int me, unsigned int seq);
	void (*read)(unsigned int seq);
	void (*check)(void);
	bool records;
} modes[] = {
	{ "trunc", write_trunc, read_content, NULL, false },
	{ "names", write_names, read_content, NULL, false },
	{ "append", write_append, read_records, check_appended, true },
	{ "update", write_update, read_records, check_updated, true },
	{ "mixed", write_mixed, read_records, NULL, true },
};

static void prepare(const struct mode *m)
{
	int fd = open_or_die(file, O_WRONLY | O_CREAT | O_TRUNC);
	unsigned int i;

	if (!m->records) {
		whole_fill(buf, 1000, 0, 0);
		write_or_die(fd, buf, 1000);
	}
	for (i = 0; m->records && i < writers; i++) {
		record_fill(buf, i, 0);
		write_or_die(fd, buf, RECORD_SIZE);
	}
	close_or_die(fd);
}

static void writer(const struct mode *m, unsigned int me)
{
	unsigned int i;

	for (i = 1; i <= rounds; i++)
		m->write(me, i);
	_exit(0);
}

static void reader(const struct mode *m, const volatile int *done,
		   volatile unsigned int *count)
{
	unsigned int i = 0;

	do {
		m->read(i++);
	} while (!*done);
	*count = i;
	_exit(0);
}

static int wait_for(unsigned int count)
{
	int bad = 0;
	int status;

	while (count-- > 0 && wait(&status) > 0)
		bad |= status;
	return bad;
}

int main(int argc, char **argv)
{
	const struct mode *m = NULL;
	unsigned int readers;
	volatile int *shared;
	unsigned int i;
	int bad;

	if (argc != 6)
		die("usage: hammer MODE FILE WRITERS READERS ROUNDS");
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(argv[1], modes[i].name))
			m = &modes[i];
	file = argv[2];
	writers = (unsigned int)atoi(argv[3]);
	readers = (unsigned int)atoi(argv[4]);
	rounds = (unsigned int)atoi(argv[5]);
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!m || shared == MAP_FAILED || readers > 1000)
		die("no such mode");
	prepare(m);
	for (i = 0; i < readers; i++)
		if (fork() == 0)
			reader(m, shared,
			       (volatile unsigned int *)&shared[i + 1]);
	/* Writers are children of a child, so that they can be waited for. */
	if (fork() == 0) {
		for (i = 0; i < writers; i++)
			if (fork() == 0)
				writer(m, i);
		bad = wait_for(writers);
		shared[0] = 1;
		_exit(bad ? 1 : 0);
	}
	bad = wait_for(readers + 1);
	for (i = 0; !bad && i < readers; i++)
		if (shared[i + 1] == 0)
			die("reader %u read nothing", i);
	if (!bad && m->check)
		m->check();
	return bad ? 1 : 0;
}
