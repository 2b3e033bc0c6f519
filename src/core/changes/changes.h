/* SPDX-License-Identifier: MIT */
/*
 * changes: the changes since the last mark, in `.idemfs/changes`.
 *
 * Each change of the tree appends the record of include/idemfs/format.h that a
 * mark will tell, with a number (seq) that only grows.  The file is the list.
 * So the list costs no memory, outlives a daemon that is killed, and can be
 * read without a mount.  Besides records it has
 *
 *	# idemfs-changes 1 BOOT		first: the boot id of the machine
 *	# hashed SEQ INODE DIGEST	of the content of record SEQ
 *	# marked SEQ TIME		a mark tells all up to SEQ; when it was made
 *	# flushed SEQ			all up to SEQ is on disk
 *	# failed SEQ			a flush failed after SEQ was added.  For
 *					records up to SEQ, later `hashed` lines
 *					are not believed (lost_writes.h)
 *
 * A mark reads a span of it:
 *
 *	changes_begin()    before the barrier: from the mark before
 *	changes_cut()      up to here, when nothing is open any more
 *	changes_replay()   into a map, any number of times
 *	changes_end()      always; if the mark was made, the next begins after it
 *
 * Marks that are made at the same time have spans that overlap: each tells all
 * since the last one that was there when it began.
 *
 * Nothing is fsynced, so a power cut may take the end.  After one, a record is
 * believed if it is true of what is on disk (changes_open()).  Lines that
 * cannot be appended wait in memory, and no mark can be made until they are
 * written.
 *
 * Thread-safe.  Its lock is the last in the order of locks, and is held over
 * the pwrite(2) that appends, so that lines are in the order of their seq.
 */
#ifndef IDEMFS_CORE_CHANGES_CHANGES_H
#define IDEMFS_CORE_CHANGES_CHANGES_H

#include <stdbool.h>

#include "base/events.h"
#include "core/backing/state.h"
#include "core/changes/pathmap.h"
#include "core/record/record.h"

struct changes;

/*
 * Goes on with the file of an earlier mount, and tidies it up: after a power
 * cut, records that are not true are left out.  A full disk puts that off until
 * the first mark, which fails as long as there is no room.  @root: the backing
 * directory.  Both stay the caller's, and must stay open until changes_close().
 */
int changes_open(const struct state *state, int root,
		 const struct events *events, struct changes **ret);
void changes_close(struct changes *h); /* NULL is fine */

/* Appends @r, whose seq is set. */
void changes_add(struct changes *h, struct record *r);
void changes_hashed(struct changes *h, uint64_t seq, uint64_t ino,
		    const struct digest *d);

/* The last seq that was used. */
uint64_t changes_seq(struct changes *h);
/* All up to @seq is on disk. */
void changes_flushed(struct changes *h, uint64_t seq);
/* Flushes the file, where no flush of the whole filesystem does so. */
int changes_sync(struct changes *h);
/* A flush has failed: some of it may not be on disk. */
void changes_failed(struct changes *h);
/*
 * The records since the last mark that no flush has made durable.  *ret_failed:
 * bytes of those with a seq up to that may have been lost.
 */
int changes_unflushed(struct changes *h, struct pathmap *into,
		      uint64_t *ret_failed);

struct changes_span {
	int fd;
	off_t from, to;
	uint64_t after;		/* its records come after this seq */
	uint64_t upto;		/* and end with this one */
	struct timespec before; /* when the mark before was made; 0: never */
	uint64_t flushed, failed;
};

int changes_begin(struct changes *h, struct changes_span *ret);
int changes_cut(struct changes *h, struct changes_span *s);
/* Has nothing changed in it? */
bool changes_is_empty(const struct changes_span *s);
int changes_replay(const struct changes_span *s, struct pathmap *into);
/* @made: when the mark was made; NULL: it was not. */
void changes_end(struct changes *h, struct changes_span *s,
		 const struct timespec *made);

/* Does the file have all that was added? */
bool changes_is_whole(struct changes *h);

/* Is a mark being made? */
bool changes_is_told(struct changes *h);

/* Keeps the file from growing for ever, where no mark is ever made. */
bool changes_is_long(struct changes *h);
int changes_shorten(struct changes *h);

/*
 * Reads, without a mount, the changes that no mark tells.  If the machine was
 * booted since, only those that are true of what is on disk.  0 without a file.
 */
int changes_read(const struct state *state, int root, struct pathmap *into);

#endif
