/* SPDX-License-Identifier: MIT */
/*
 * list: the list of changes as the files of this room see it: changes.c appends
 * to it, span.c reads what a mark tells, shorten.c makes it shorter.
 */
#ifndef IDEMFS_CORE_CHANGES_LIST_H
#define IDEMFS_CORE_CHANGES_LIST_H

#include <pthread.h>

#include "base/lock.h"
#include "core/changes/changes.h"
#include "core/changes/file.h"

#define NOT_KNOWN UINT64_MAX /* no author */

struct changes {
	const struct state *state;   /* const */
	const struct events *events; /* const */
	pthread_mutex_t lock;
	int fd;			/* under lock */
	off_t end;		/* under lock: where the next line goes */
	off_t shortened;	/* under lock: how long it was then */
	uint64_t seq;		/* under lock: the last one given away */
	uint64_t by;		/* under lock: the author of the line before */
	struct authors authors; /* under lock */
	struct changes_file_found last; /* under lock: boot: const; marked,
				      flushed, failed and mixed */
	unsigned int spans;   /* under lock: marks that are being made */
	unsigned long marked; /* under lock: how many were made */
	int root;      /* under lock: records from before a power cut are still
		     to be compared with what is below it; -1: done */
	char *backlog; /* under lock: lines that could not be written yet */
	size_t backlog_size, backlog_room; /* under lock */
	bool lost; /* under lock: there was no memory for some of them, */
	bool gap;  /*   at any time */
};

/* Appends @text, or keeps it in memory until it can be written. */
void list_append_locked(struct changes *h, const char *text, size_t n);
/* Writes what is kept so. */
int list_write_backlog_locked(struct changes *h);
/* @fd, a new file of @end bytes that is called CHANGES_NEW, takes its place. */
int list_swap_locked(struct changes *h, int fd, off_t end);
/* Does what changes_open() had no room for. */
int list_judge_locked(struct changes *h);

/* Where the next line goes. */
struct authors_place list_here_locked(const struct changes *h);
/* The earliest place of what no mark has told. */
struct authors_place list_first_locked(const struct changes *h);
/* May what marks have told come between what they have not? */
bool list_is_mixed_locked(const struct changes *h);

/* Cuts off what marks have told, once it is long. */
void list_cut_off_locked(struct changes *h);

#endif
