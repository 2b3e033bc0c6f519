/* SPDX-License-Identifier: MIT */
/*
 * sessions
 *
 * Threads begin and end sessions of this process, while others ask whose they
 * are, tell what was changed, and list them.  Each session is found while it
 * runs, and none is left; the rest is for the sanitizers to see.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "base/util.h"
#include "core/process/ancestry.h"
#include "core/sessions/sessions.h"
#include "core/version/rooms.h"

#define THREADS 4
#define ROUNDS 3000

static struct rooms rooms;
static struct sessions *s;

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "sessions: %s\n", what);
	abort();
}

static void wait_hook(void *arg)
{
	(void)arg;
}

static void note(void *arg, const struct session_info *info)
{
	unsigned int *running = arg;

	*running += info->running;
}

static void see(void *arg, const struct session_overlap *o)
{
	(void)arg;
	check(o->name && o->path, "an overlap has no name");
}

static void use(uint64_t id, uint64_t other, int round)
{
	char path[32];
	unsigned int running = 0;

	snprintf(path, sizeof(path), "f%d", round % 50);
	sessions_changed(s, id, path);
	sessions_overlap(s, id, other, path);
	sessions_each_overlap(s, other, see, NULL);
	free(sessions_name(s, other));
	if (round % 20 == 0)
		sessions_each(s, note, &running);
	check(sessions_owner(s, id) == id, "it runs, and is its own owner");
}

static void *begin_many(void *arg)
{
	pid_t tid = (pid_t)syscall(SYS_gettid);
	const struct caller by = { .tid = tid };
	const struct session_spec spec = {
		.kind = SESSION_STEP, .name = "a", .command = "c", .by = &by
	};

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t id, found;

		check(!sessions_begin(s, arg, &spec, &id), "not begun");
		/* One of the sessions of this process: this, or a later one. */
		found = sessions_of(s, tid);
		check(found >= id, "not found");
		use(id, found, i);
		if (i % 2)
			sessions_end(s, arg, i % 3);
		else
			sessions_drop(s, arg);
		check(sessions_owner(s, id) != id, "it runs on");
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	static char keys[THREADS];
	unsigned int running = 0;

	rooms.wait = (struct wait_hooks){ wait_hook, wait_hook, NULL };
	check(!ancestries_new(&rooms.ancestries) &&
		      !sessions_new(&rooms, NULL, &s),
	      "no memory");
	for (int i = 0; i < THREADS; i++)
		check(!pthread_create(&threads[i], NULL, begin_many, &keys[i]),
		      "no thread");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	sessions_each(s, note, &running);
	check(!running && !sessions_any(s), "one is left");
	sessions_free(s);
	ancestries_free(rooms.ancestries);
	return 0;
}
