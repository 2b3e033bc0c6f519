/* SPDX-License-Identifier: MIT */
/*
 * closed: a table at level close; daemons that die there, and flushes that are
 * counted, held, or fail.
 *
 * The suite that uses it has close_setup() and table_teardown() as its init
 * and fini.
 */
#ifndef IDEMFS_TESTS_UNIT_CLOSED_H
#define IDEMFS_TESTS_UNIT_CLOSED_H

#include <pthread.h>
#include <semaphore.h>
#include <sys/wait.h>

#include "base/util.h"
#include "core/recovery/recovery.h"
#include "core/temp/journal.h"
#include "core/version/promise.h"
#include "unit/core/version/table.h"

static inline void close_setup(void)
{
	table_setup_at(DURABILITY_CLOSE);
}

/* The runner calls no fini then. */
static inline void skip_here(const char *why)
{
	table_teardown();
	cr_skip("%s", why);
}

static struct sys_calls real;
static atomic_int flushes, begun, fail_with;
static sem_t go;

static inline int flushed(void)
{
	atomic_fetch_add(&flushes, 1);
	return atomic_exchange(&fail_with, 0);
}

/* One of these two ends each flush for all threads that wait. */
static inline int counted_syncfs(int fd)
{
	(void)fd;
	return flushed();
}

static inline int counted_fsync(int fd)
{
	(void)fd;
	return flushed();
}

static inline int held_flush(int fd)
{
	(void)fd;
	atomic_fetch_add(&begun, 1);
	sem_wait(&go);
	return flushed();
}

static inline void count_flushes(void)
{
	real = sys;
	sys.syncfs = counted_syncfs;
	sys.fsync = counted_fsync;
}

static inline bool has_disk(void)
{
	struct writer w;
	struct version *v = create(root, "probe", we(), &w);

	put(v, "x");
	cr_assert_eq(close_writer(&w), 0);
	version_put(v);
	cr_assert_eq(counts(t).flushed, 1);
	return atomic_load(&flushes) > 0;
}

/* What @job leaves when it dies, and what recovery makes of it. */
static inline struct recovered after_death(void (*job)(void))
{
	struct recovered rec = { .kept = 77 };
	pid_t pid = fork();
	int status;

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		job();
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
	cr_assert_eq(recovery_run(&st, s.dir, NULL, &rec), 0);
	cr_assert_eq(scratch_count(st.tmp), 0);
	return rec;
}

static inline void expect(struct recovered rec, unsigned int finished,
			  unsigned int kept)
{
	cr_assert_eq(rec.finished, finished, "finished %u", rec.finished);
	cr_assert_eq(rec.kept, kept, "kept %u", rec.kept);
}

/* Writes @text to @name and closes it, but its RELEASE never comes. */
static inline struct version *close_alone(struct dir *dir, const char *name,
					  const char *text, struct writer *w)
{
	struct version *v = create(dir, name, we(), w);

	put(v, text);
	if (version_flush(w, getpid()) < 0)
		_exit(1);
	return v;
}

struct closing {
	pthread_t thread;
	struct writer w;
	struct version *v;
	int result;
};

static inline void *close_it(void *arg)
{
	struct closing *c = arg;

	c->result = version_flush(&c->w, getpid());
	return NULL;
}

#endif
