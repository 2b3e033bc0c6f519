/* SPDX-License-Identifier: MIT */
/*
 * worker: what every operation of the stress test works with: the thread's own
 * numbers, what all processes share, how it writes and reads a file, and how it
 * says that something is wrong.  stress.c alone includes this.
 */
#ifndef STRESS_WORKER_H
#define STRESS_WORKER_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../mount/helpers/whole.h"

#define NAMES 24	    /* shared by all threads */
#define BIGGEST 40000	    /* bytes of a whole content */
#define READ_MAX (1u << 20) /* more than any file here gets */

enum op {
	OP_OVERWRITE,
	OP_READ,
	OP_MAP,
	OP_RENAME,
	OP_UNLINK,
	OP_APPEND,
	OP_UPDATE,
	OP_OWN,
	OP_LIST,
	OP_DIE,
	OP_MARK,
	OP_COUNT,
};

/* In memory that all processes share. */
struct shared {
	atomic_ullong count[OP_COUNT];
	atomic_int wrong;
	atomic_bool stop;
	atomic_uint appended; /* tickets: which log, and which place in it */
	atomic_int writers[NAMES]; /* that write it now; -1: it is renamed */
};

struct worker {
	unsigned int number; /* over all processes */
	uint64_t random;
	unsigned int seq;
	unsigned int slot; /* what its slot of "slots" was counted up to */
	char *buf;
};

static struct {
	const char *dir;
	const char *self;
	unsigned int seconds;
	unsigned long long ops;
	uint64_t seed;
	unsigned int processes;
	unsigned int threads;
	bool by_hand;
	bool expect_torn; /* violations are looked for: print none */
} opt = { .seconds = 10, .processes = 3, .threads = 3 };

static struct shared *shared;

__attribute__((format(printf, 2, 3))) static void wrong(struct worker *w,
							const char *fmt, ...)
{
	char text[512];
	va_list ap;

	atomic_fetch_add(&shared->wrong, 1);
	atomic_store(&shared->stop, true);
	if (opt.expect_torn)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "stress: worker %u, step %u: %s\n", w->number, w->seq,
		text);
}

static uint64_t pick(struct worker *w, uint64_t n)
{
	return whole_random(&w->random) % n;
}

/*
 * A program's own pending version is seen by all its threads, and two of its
 * threads that write one name share one version (F3, F4): so within a process
 * only one thread at a time deals with a shared name.
 */
static pthread_mutex_t name_lock[NAMES];

static unsigned int take_name(struct worker *w, char *name, size_t size)
{
	unsigned int n = (unsigned int)pick(w, NAMES);

	snprintf(name, size, "d%u/s%u", n % 3, n);
	pthread_mutex_lock(&name_lock[n]);
	return n;
}

static void give_name(unsigned int n)
{
	pthread_mutex_unlock(&name_lock[n]);
}

/*
 * A rename takes along what other processes are writing at the old name (F6),
 * to a name that another of their threads may use.  So no thread renames what
 * is being written.  (The mount case f04_overwrite_of_what_is_renamed does.)
 */
static void begin_writing(unsigned int n)
{
	int there = 0;

	while (!atomic_compare_exchange_weak(&shared->writers[n], &there,
					     there + 1))
		if (there < 0) {
			sched_yield();
			there = 0;
		}
}

static void end_writing(unsigned int n)
{
	atomic_fetch_sub(&shared->writers[n], 1);
}

static bool begin_rename(unsigned int n)
{
	int nobody = 0;

	return atomic_compare_exchange_strong(&shared->writers[n], &nobody, -1);
}

static void end_rename(unsigned int n)
{
	atomic_store(&shared->writers[n], 0);
}

/* --- files ---------------------------------------------------------------- */

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0)
			return -errno;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

/* Writes a new content to @name, in two pieces. */
static int put(struct worker *w, const char *name, int flags)
{
	size_t size = WHOLE_HEAD + pick(w, BIGGEST);
	size_t cut = pick(w, size);
	char temp[64];
	int fd;
	int r;

	whole_fill(w->buf, size, w->number, ++w->seq);
	snprintf(temp, sizeof(temp), "temp%u", w->number);
	fd = open(opt.by_hand ? temp : name, flags | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	r = write_all(fd, w->buf, cut);
	if (!r)
		r = write_all(fd, w->buf + cut, size - cut);
	if (close(fd) && !r)
		r = -errno;
	if (!r && opt.by_hand && rename(temp, name))
		r = -errno;
	return r;
}

/* The size of @name, whose content is in the worker's buffer, or -errno. */
static ssize_t get(struct worker *w, const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t got;

	if (fd < 0)
		return -errno;
	while ((got = read(fd, w->buf + n, READ_MAX - n)) > 0)
		n += (size_t)got;
	if (got < 0)
		got = -errno;
	close(fd);
	return got < 0 ? got : (ssize_t)n;
}

static void check_whole(struct worker *w, const char *name, const char *buf,
			size_t size)
{
	char why[128];

	if (whole_check(buf, size, why, sizeof(why)))
		wrong(w, "%s is torn: %s", name, why);
}

/* @r is fine when it is 0 or -@allowed. */
static void check_result(struct worker *w, const char *what, const char *name,
			 int r, int allowed)
{
	if (r < 0 && r != -allowed)
		wrong(w, "%s %s: %s", what, name, strerror(-r));
}

#endif
