/* SPDX-License-Identifier: MIT */
/*
 * turn: which thread may read the next request.
 *
 *	turn_take()	waits for the turn, unless the thread has kept it
 *	...		reads one request, and has the gate look at it
 *	turn_keep()	the thread answers, and then goes on reading; or
 *	turn_give()	another thread may read meanwhile
 *	turn_drop()	the thread has kept it, but is about to wait or to end
 *
 * There is one turn, and so one reader at any time.  For a program that sends
 * one request after the other, waking a second thread for each of them costs
 * more than the answer.  So the reader keeps its turn while it answers.  If
 * that takes long while requests wait, a thread that watches gives the turn
 * away.  It looks each WATCH_MS, as long as requests come, and sleeps when none
 * do.
 *
 * @who is an address that stands for the thread, and is never read.  All
 * functions may be called by any thread, turn_drop() under any lock.
 */
#ifndef IDEMFS_MOUNT_KERNEL_TURN_H
#define IDEMFS_MOUNT_KERNEL_TURN_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>

struct turn {
	int fd;		      /* const: where requests are read */
	sem_t free;	      /* 1: no thread has the turn */
	_Atomic(void *) kept; /* atomic: by this thread, while it answers */
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
/* No thread may take a turn any more. */
void turn_release(struct turn *t);

/* False: a signal came before the turn was free. */
bool turn_take(struct turn *t, void *who);
void turn_keep(struct turn *t, void *who);
void turn_give(struct turn *t);
void turn_drop(struct turn *t, void *who);

/* Is there something to read? */
bool turn_is_readable(const struct turn *t);

#endif
