/* SPDX-License-Identifier: MIT */
/*
 * history: what has changed since the mark before, in `.idemfs/changes`.
 *
 * Each change of the tree appends the record of include/idemfs/format.h that a
 * mark will tell, with a number (seq) that only grows.  The file is the list: it
 * costs no memory, outlives a daemon that is killed, and is there for those who
 * look without a mount.  Besides records it has
 *
 *	# idemfs-changes 1 BOOT		first: the boot id of the machine
 *	# hashed SEQ INODE DIGEST	of the content that record SEQ is of
 *	# marked SEQ TIME		a mark tells all up to SEQ; when it was made
 *	# flushed SEQ			all up to SEQ is on disk
 *	# failed SEQ			a flush failed, and all up to SEQ was there:
 *					of that, digests are not believed that
 *					come behind this line (lost_writes.h)
 *
 * A mark reads a span of it:
 *
 *	history_begin()    before the barrier: from the mark before
 *	history_cut()      up to here, when nothing is open any more
 *	history_replay()   into a map, as often as one likes
 *	history_end()      always; the next mark goes on behind it if it was made
 *
 * Marks that are made at the same time have spans that overlap: each tells all
 * since the last one that was there when it began.
 *
 * Nothing is fsynced: a power cut may take the end.  What is left is believed
 * as far as it holds on disk (history_open()).  What cannot be appended waits
 * in memory, and no mark can be made until it is written.
 *
 * Thread-safe; its lock is the last of all, and is held over the pwrite(2) that
 * appends, so that lines stand in the order of their seq.
 */
#ifndef IDEMFS_CORE_CHANGES_CHANGES_H
#define IDEMFS_CORE_CHANGES_CHANGES_H

#include <stdbool.h>

#include "core/backing/state.h"
#include "core/changes/pathmap.h"
#include "core/record/record.h"

struct history;

/*
 * Goes on with what a mount before has left, and tidies it up: after a power
 * cut, what does not hold is left out.  A full disk puts that off until the
 * first mark, which fails as long as there is no room.  @root: the backing
 * directory; both stay the caller's, until history_close().
 */
int history_open(const struct state *state, int root, struct history **ret);
void history_close(struct history *h); /* NULL is fine */

/* Appends @r, whose seq is set. */
void history_add(struct history *h, struct record *r);
void history_hashed(struct history *h, uint64_t seq, uint64_t ino,
		    const struct digest *d);

/* The last one that was given away. */
uint64_t history_seq(struct history *h);
/* All up to @seq is on disk. */
void history_flushed(struct history *h, uint64_t seq);
/* Has what was added so far flushed: where a flush of all does not do it. */
int history_sync(struct history *h);
/* Something of what is there may not be. */
void history_failed(struct history *h);
/*
 * What no flush has made durable since the last mark.  *ret_failed: what has a
 * seq up to that may have been lost.
 */
int history_unflushed(struct history *h, struct pathmap *into,
		      uint64_t *ret_failed);

struct history_span {
	int fd;
	off_t from, to;
	uint64_t after;		/* records up to that seq are not its own */
	uint64_t upto;		/* nor those behind that */
	struct timespec before; /* when the mark before was made; 0: never */
	uint64_t flushed, failed;
};

int history_begin(struct history *h, struct history_span *ret);
int history_cut(struct history *h, struct history_span *s);
/* Has nothing changed in it? */
bool history_is_empty(const struct history_span *s);
int history_replay(const struct history_span *s, struct pathmap *into);
/* @made: when the mark was, or NULL. */
void history_end(struct history *h, struct history_span *s,
		 const struct timespec *made);

/* Does the file have all that was added? */
bool history_is_whole(struct history *h);

/* Is a mark being made? */
bool history_is_told(struct history *h);

/* Keeps the file from growing without end, where no mark is ever made. */
bool history_is_long(struct history *h);
int history_shorten(struct history *h);

/*
 * For those who look without a mount: what no mark tells.  As far as it holds on
 * disk, when the machine has been booted since.  0 when there is none.
 */
int history_read(const struct state *state, int root, struct pathmap *into);

#endif
