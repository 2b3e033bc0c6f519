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
 *	# marked SEQ TIME		marks tell all up to SEQ, of every author;
 *					when the last one was made
 *	# flushed SEQ			all up to SEQ is on disk
 *	# failed SEQ			a flush failed after SEQ was added.  For
 *					records up to SEQ, later `hashed` lines
 *					are not believed (lost_writes.h)
 *	# last SEQ			that was used
 *	# mixed				marks tell later records than some that
 *					no mark tells
 *	# by ID				of which author the records from here on
 *					are; 0 at the start
 *	# session, # ended, # told	see authors.h
 *
 * Each record has an author: a session, or 0: none.  What a session has
 * changed, and no mark has told, passes to the session around it when it ends.
 * So each untold record has one owner that runs, and a mark of scope S tells
 * the untold records that S owns, and no others.  A mark that is made outside
 * of all sessions has scope 0.  When a mount begins, all sessions have ended.
 *
 * A mark reads a span of it:
 *
 *	changes_begin()    before the barrier: from the mark before of its scope
 *	changes_cut()      up to here, when nothing is open any more
 *	changes_replay()   into a map, any number of times
 *	changes_each()     what all authors have changed meanwhile
 *	changes_end()      always; if the mark was made, the next begins after it
 *
 * Marks that are made at the same time have spans that overlap: each tells all
 * of its scope since the last one that was there when it began.  A scope that
 * ends between begin and cut still is told all that it had.
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
#include "core/changes/authors.h"
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

/*
 * A session begins, and gets an id that no other has or had: a seq.  -EINVAL
 * when its name is longer than AUTHORS_NAME_MAX bytes.  When it ends, with its
 * exit status or AUTHORS_UNKNOWN, what it owns passes to its parent.
 */
int changes_session_begin(struct changes *h, const struct changes_session *s,
			  uint64_t *ret_id);
void changes_session_end(struct changes *h, uint64_t id, int status);

/*
 * Appends @r, and sets its seq.  Its session is set to the author that it gets:
 * the owner of r->session by now.
 */
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

/* Fields that have no comment are private. */
struct changes_span {
	uint64_t scope; /* whose changes it tells: a session that runs, or 0 */
	uint64_t upto;	/* from changes_cut() on: its records end with this */
	uint64_t since; /* likewise: changes_each() has all after this seq */
	bool others;	/* likewise: others may have records, too, */
	bool mixed;	/*   in between */
	struct timespec before; /* when the mark before of its scope was made;
				 *   else when its session began; else 0 */
	int fd;
	off_t to;
	uint64_t by; /* the author at to */
	struct authors_place from, begin;
	struct author_told *told; /* by id: whose records it has */
	size_t count;
};

/*
 * @scope: a session, or 0.  One that has ended, or is not known, is taken for
 * its owner: see ret->scope.
 */
int changes_begin(struct changes *h, uint64_t scope, struct changes_span *ret);
int changes_cut(struct changes *h, struct changes_span *s);
/* Has nothing changed in it? */
bool changes_is_empty(const struct changes_span *s);
/*
 * Applies its records to @into, each path as its owner left it; of others, only
 * renames of directories count (pathmap_mix(), pathmap_carry()).
 */
int changes_replay(const struct changes_span *s, struct pathmap *into);
/*
 * Every record of every author, as it was added, in the order of seq, since the
 * session of the scope began; of scope 0, since the first record that no mark of
 * it tells.  Ends when @each returns anything but 0, and returns that.
 * Digests that became known later are missing.  Less (see s->since), if the
 * session is no step, or the file has become very long.
 */
int changes_each(const struct changes_span *s,
		 int (*each)(void *arg, const struct record *r), void *arg);
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
 * Reads, without a mount, the changes that no mark tells, of all authors.  If
 * the machine was booted since, only those that are true of what is on disk.  0
 * without a file.
 */
int changes_read(const struct state *state, int root, struct pathmap *into);
/*
 * Likewise each of them in the order of seq, to be applied to a map that marks
 * have told of, with their records in between (latest.h).
 */
int changes_read_each(const struct state *state, int root,
		      int (*each)(void *arg, const struct record *r),
		      void *arg);
/* The first seq that no mark tells; UINT64_MAX: there is none. */
int changes_read_first(const struct state *state, uint64_t *ret);

#endif
