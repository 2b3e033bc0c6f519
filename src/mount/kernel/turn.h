/* SPDX-License-Identifier: MIT */
/*
 * turn: who may read the next request.
 *
 *	turn_take()	until it is @who's turn, at once if he has kept it
 *	...		reads one request, and lets the gate look at it
 *	turn_keep()	he answers, and then goes on reading, or
 *	turn_give()	another may read meanwhile
 *	turn_drop()	he has kept it, but is about to wait, or to go
 *
 * There is one turn, and so one reader at any time.  For a program that sends
 * one request after the other, waking a second thread for each of them costs more
 * than the answer: so whoever reads keeps his turn while he answers.  Should that
 * take long while others wait behind him, a thread that watches gives it away: it
 * looks each WATCH_MS, as long as requests come, and sleeps when none do.
 *
 * @who is any address of his own, never looked at.  All functions may be called
 * by any thread, turn_drop() under any lock.
 */
#ifndef IDEMFS_MOUNT_TURN_H
#define IDEMFS_MOUNT_TURN_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>

struct turn {
	int fd;		      /* const: where requests are read */
	sem_t free;	      /* 1: it is nobody's turn */
	_Atomic(void *) kept; /* atomic: by whom, while he answers */
	atomic_ulong taken;   /* atomic: how often */
	sem_t tick;	      /* wakes the watcher */
	atomic_bool asleep;   /* atomic: it waits to be woken */
	atomic_bool stop;     /* atomic */
	bool watched;	      /* const: the thread was started */
	pthread_t watcher;    /* const */
};

void turn_init(struct turn *t, int fd);
/* Before the first turn_take(); without it a turn is never taken away. */
int turn_watch(struct turn *t);
/* Nobody takes a turn any more. */
void turn_release(struct turn *t);

/* False: a signal came before it was his turn. */
bool turn_take(struct turn *t, void *who);
void turn_keep(struct turn *t, void *who);
void turn_give(struct turn *t);
void turn_drop(struct turn *t, void *who);

/* Is there something to read? */
bool turn_is_readable(const struct turn *t);

#endif
