/* SPDX-License-Identifier: MIT */
/*
 * read_turn: which thread may read the next request.
 *
 *	read_turn_take()   waits for the turn, unless the thread has kept it
 *	...                reads one request, and has the gate look at it
 *	read_turn_keep()   the thread answers, and then goes on reading; or
 *	read_turn_give()   another thread may read meanwhile
 *	read_turn_drop()   the thread has kept it, but is about to wait or end
 *
 * There is one turn, and so one reader at any time.  For a program that sends
 * one request after the other, waking a second thread for each of them costs
 * more than the answer.  So the reader keeps its turn while it answers.  If
 * that takes long while requests wait, a thread that watches gives the turn
 * away.  It looks each WATCH_MS, as long as requests come, and sleeps when none
 * do.
 *
 * @who is an address that stands for the thread, and is never read.  All
 * functions may be called by any thread, read_turn_drop() under any lock.
 */
#ifndef IDEMFS_MOUNT_KERNEL_READ_TURN_H
#define IDEMFS_MOUNT_KERNEL_READ_TURN_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>

struct read_turn {
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

void read_turn_init(struct read_turn *t, int fd);
/* Before the first read_turn_take(); without it a turn is never taken away. */
int read_turn_watch(struct read_turn *t);
/* No thread may take a turn any more. */
void read_turn_release(struct read_turn *t);

/* False: a signal came before the turn was free. */
bool read_turn_take(struct read_turn *t, void *who);
void read_turn_keep(struct read_turn *t, void *who);
void read_turn_give(struct read_turn *t);
void read_turn_drop(struct read_turn *t, void *who);

/* Is there something to read? */
bool read_turn_is_readable(const struct read_turn *t);

#endif
