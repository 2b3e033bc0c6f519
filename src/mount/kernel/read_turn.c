/* SPDX-License-Identifier: MIT */
#include "mount/kernel/read_turn.h"

#include <poll.h>

#include "base/util.h"

#define WATCH_MS 1 /* how long others wait behind one that is slow */

void read_turn_init(struct read_turn *t, int fd)
{
	*t = (struct read_turn){ .fd = fd };
	sem_init(&t->free, 0, 1);
	sem_init(&t->tick, 0, 0);
}

bool read_turn_is_readable(const struct read_turn *t)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

bool read_turn_take(struct read_turn *t, void *who)
{
	void *expected = who;

	if (!atomic_compare_exchange_strong(&t->kept, &expected, NULL) &&
	    sem_wait(&t->free) < 0)
		return false;
	atomic_fetch_add_explicit(&t->taken, 1, memory_order_relaxed);
	return true;
}

/* The watcher sets asleep, then looks at kept; here it is the other way. */
void read_turn_keep(struct read_turn *t, void *who)
{
	atomic_store(&t->kept, who);
	if (atomic_load(&t->asleep) && atomic_exchange(&t->asleep, false))
		sem_post(&t->tick);
}

void read_turn_give(struct read_turn *t)
{
	sem_post(&t->free);
}

void read_turn_drop(struct read_turn *t, void *who)
{
	if (who && atomic_compare_exchange_strong(&t->kept, &who, NULL))
		sem_post(&t->free);
}

/* The watcher */

static void sleep_a_while(struct read_turn *t)
{
	struct timespec until = timespec_of_ns(now_ns() + WATCH_MS * 1000000);

	sem_clockwait(&t->tick, CLOCK_MONOTONIC, &until);
}

static void sleep_until_kept(struct read_turn *t)
{
	atomic_store(&t->asleep, true);
	if (!atomic_load(&t->kept) && !atomic_load(&t->stop))
		sem_wait(&t->tick);
	atomic_store(&t->asleep, false);
}

static void *watch(void *arg)
{
	struct read_turn *t = arg;

	while (!atomic_load(&t->stop)) {
		unsigned long before = atomic_load(&t->taken);
		void *who;

		sleep_a_while(t);
		if (atomic_load(&t->taken) != before)
			continue;
		who = atomic_load(&t->kept);
		if (!who)
			sleep_until_kept(t);
		else if (read_turn_is_readable(t))
			read_turn_drop(t, who);
	}
	return NULL;
}

int read_turn_watch(struct read_turn *t)
{
	int r = pthread_create(&t->watcher, NULL, watch, t);

	t->watched = r == 0;
	return -r;
}

void read_turn_release(struct read_turn *t)
{
	atomic_store(&t->stop, true);
	sem_post(&t->tick);
	if (t->watched)
		pthread_join(t->watcher, NULL);
	sem_destroy(&t->tick);
	sem_destroy(&t->free);
}
