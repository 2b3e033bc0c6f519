/* SPDX-License-Identifier: MIT */
/*
 * events: what a room has to tell the users who run a mount.
 *
 * core writes no log.  A room that is made with a struct events hands each line
 * to it; the floor above decides where it goes.  One function for all rooms, since
 * to the reader of a log they are one list.
 */
#ifndef IDEMFS_BASE_EVENTS_H
#define IDEMFS_BASE_EVENTS_H

#include "base/log.h"

struct events {
	/* By any thread, also with locks of its room held: it must not wait. */
	void (*event)(void *arg, enum log_level level, const char *text);
	void *arg;
};

/* @e may be NULL: then nothing is told.  errno stays as it is. */
void events_tell(const struct events *e, enum log_level level, const char *fmt,
		 ...) __attribute__((format(printf, 3, 4)));

#endif
