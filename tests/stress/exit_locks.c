/* SPDX-License-Identifier: MIT */
/*
 * exit_locks
 *
 * Threads leave wills of one process and execute them, as RELEASEs do that come
 * for what it had open when it died: a will is left while others are executed.
 * Each is executed once; the rest is for the sanitizers to see.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/exit_locks/exit_locks.h"
#include "core/version/testing.h"

#define THREADS 3
#define ROUNDS 20000
#define NOBODYS INT_MAX /* a process that is dead */

static struct versions *t;
static struct locks *locks;
static struct lineages *lines;
static struct exit_locks *w;

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "exit_locks: %s\n", what);
	abort();
}

static void wait_hook(void *arg)
{
	(void)arg;
}

static void answer(void *cookie, int r)
{
	(void)cookie;
	(void)r;
}

static bool interrupted(void *cookie)
{
	(void)cookie;
	return false;
}

static void setup(void)
{
	static const struct lock_hooks hooks = { answer, interrupted };

	t = testing_table_new(wait_hook);
	check(t && !locks_new(&hooks, &locks) && !lineages_new(&lines) &&
		      !exit_locks_new(t, locks, &w),
	      "no memory");
}

static void teardown(void)
{
	exit_locks_free(w);
	lineages_free(lines);
	locks_free(locks);
	testing_table_free(t);
}

/* One file after the other is locked, and closed by a process that dies. */
static void *close_many(void *arg)
{
	struct lineage *line = lineage_new(lines);
	struct lock_spec spec = { .flock = true,
				  .exclusive = true,
				  .end = UINT64_MAX,
				  .owner = (uintptr_t)&spec,
				  .handle = (uintptr_t)&spec };

	(void)arg;
	check(line, "no memory");
	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid;

		check(!locks_set(locks, &line->locks, &spec, NULL),
		      "a lock was not set free");
		check(exit_locks_leave(w, line, NOBODYS, 0, spec.handle, &pid),
		      "no memory");
		exit_locks_drop(w, pid);
		exit_locks_wait(w, line);
	}
	lineage_put(line);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	unsigned int held, waiting;

	setup();
	for (int i = 0; i < THREADS; i++)
		check(!pthread_create(&threads[i], NULL, close_many, NULL),
		      "no thread");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	locks_count(locks, &held, &waiting);
	check(!held && !waiting, "a will was not executed");
	teardown();
	return 0;
}
