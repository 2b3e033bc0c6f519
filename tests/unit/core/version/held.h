/* SPDX-License-Identifier: MIT */
/*
 * held: a system call that does not end before another thread lets it.
 *
 * held_here() in the call that stands for it in `sys`; held_wait() until a
 * thread has come there; held_let_go() when what must not wait for it is done.
 * A thread that was never let go is one that something waited for: the test
 * ends by its timeout.
 */
#ifndef IDEMFS_TESTS_UNIT_HELD_H
#define IDEMFS_TESTS_UNIT_HELD_H

#include <pthread.h>
#include <stdbool.h>

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool here, let_go;
} held = { .lock = PTHREAD_MUTEX_INITIALIZER,
	   .changed = PTHREAD_COND_INITIALIZER };

/* Holds the first that comes; others pass. */
static inline void held_here(void)
{
	pthread_mutex_lock(&held.lock);
	if (!held.here) {
		held.here = true;
		pthread_cond_broadcast(&held.changed);
		while (!held.let_go)
			pthread_cond_wait(&held.changed, &held.lock);
	}
	pthread_mutex_unlock(&held.lock);
}

static inline void held_wait(void)
{
	pthread_mutex_lock(&held.lock);
	while (!held.here)
		pthread_cond_wait(&held.changed, &held.lock);
	pthread_mutex_unlock(&held.lock);
}

static inline void held_let_go(void)
{
	pthread_mutex_lock(&held.lock);
	held.let_go = true;
	pthread_cond_broadcast(&held.changed);
	pthread_mutex_unlock(&held.lock);
}

#endif
