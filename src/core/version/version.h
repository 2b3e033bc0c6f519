/* SPDX-License-Identifier: MIT */
/*
 * version: the content of one regular file between an open for writing and the
 * last close, and the table of all versions that are not settled yet.
 *
 * The life of a version, and the function that walks each arrow:
 *
 *	           version_reserve()
 *	(nothing) ------------------> RESERVED --- version_unhold() ---> (nothing)
 *	    |                            | version_open()
 *	    | version_create()           v
 *	    +------------------------> PENDING <--- version_open() --- HELD
 *	                              |      |                          ^ |
 *	             version_seal()   |      |  version_seal(), and an  | |
 *	             of the last      |      |  open in flight holds it | |
 *	             writer           |      +--------------------------+ |
 *	                              v                                   |
 *	                           SEALED <--------- version_unhold() ----+
 *	                            |    |
 *	        version_settle()    v    v    version_settle()
 *	                      COMMITTED  DISCARDED
 *
 *  RESERVED   an open that was redirected will come for it; no temp yet
 *  PENDING    a process has it open for writing
 *  HELD       all writers have closed, but an open that joins is on its way:
 *             it counts as pending, as if that open had come first
 *  SEALED     closed for the last time; requests for its name wait until it is
 *             settled
 *  COMMITTED  at its name; its bytes never change again
 *  DISCARDED  not promoted: unlinked, unchanged, quarantined or failed
 *
 * Invariants (asserted in builds of type Debug, and with a sanitizer):
 *  V1  a version has writers if and only if it is PENDING
 *  V2  it is HELD or RESERVED only while something holds it
 *  V3  a name in the table belongs to a version that is not settled yet
 *  V4  versions of one name are listed newest first
 *  V5  of those that are SEALED at one name, the one that was sealed first
 *      is settled first, so that the last close wins (F4)
 *  V6  a detached version has no names, and never gets one by promotion
 *
 * Locks, in this order:
 *  tree_lock.h  the directories of the names that a change concerns, or the
 *             whole tree; held over the backing calls that move names
 *             (promotion, rename, unlink), so that no promotion runs between
 *             such a call and the change of the table that goes with it
 *  v->io      making the copy that an update begins from, once, or its tail;
 *             that tail going into its file; and its digest while it is
 *             written.  No directory is waited for with it
 *  t->lining  from asking for the lineage of a file until it has one
 *  t->lock    all fields below that say so; no system call that may wait
 *  (then the node table's, those of lineage.h and filesystems.h, and the
 *  backing's)
 *
 * No name is held over a copy.  A tail that goes into the file at its name is
 * one: its directory is held when that begins and when it ends (going.h).  In
 * between, threads that would change this name or look at the file wait, and
 * those that need the whole tree do; the version is SEALED, so those that open
 * it do, too.  A thread that waits holds nothing.  A temp on another filesystem
 * is copied into quarantine before its names are held for the last time.
 *
 * A promotion holds the directories of all names of its version.  What that
 * leaves to others, while it runs:
 *  - The names of a version do not change for a thread that holds all its
 *    directories (names.h).  A new one is given under the same hold, and not to
 *    a version that is SEALED.
 *  - V5 is seen to under t->lock, before anything is held.  A rename that would
 *    bring an earlier one to the name takes that name from this version.
 *  - The list of changes has the records of each path in order.  A thread that
 *    tells of a path holds its directory.  A thread that moves paths, by
 *    renaming a directory, holds the whole tree.  One that removes a directory
 *    holds that directory, too, so that what was removed in it is told before
 *    it.
 *  - A mark tells all up to a number that it reads under the lock of the list.
 *    A change whose record comes later is told by the next one.  What a mark
 *    waits for is still SEALED until its record is there.
 *  - What is vouched for, and which notes were made ahead of a change, must be
 *    known with no change half done: both are read with the whole tree held.
 *  - Two names of one file in two directories are changed by threads that do
 *    not wait for each other.  Records are of names; replacing or removing one
 *    leaves the other as it was; only the lineage of the file is common, hence
 *    t->lining.
 */
#ifndef IDEMFS_CORE_VERSION_VERSION_H
#define IDEMFS_CORE_VERSION_VERSION_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "core/backing/access.h"
#include "core/backing/backing.h"
#include "core/backing/obstacle.h"
#include "core/backing/state.h"
#include "core/locks/lineage.h"
#include "core/options/options.h"
#include "core/process/writer.h"
#include "core/version/rooms.h"

struct ancestry;
struct stream;
struct version;
struct versions;

/* One open for writing; embedded in a file handle. */
struct writer {
	struct version *version;   /* const */
	pid_t pid;		   /* const: the opener's process, */
	uint64_t since;		   /* const:   as of then (ancestry.h) */
	uid_t uid;		   /* const: the opener's user */
	struct writer_fate opener; /* under t->lock: how the opener ended */
	struct writer_fate last;   /* under t->lock: the last one that closed */
	struct writer_fate taint;  /* under t->lock: of another process that had
				    *   it open, and was killed */
	pid_t ender;		   /* under t->lock: closed it, dying; or 0 */
	bool flushed;	     /* under t->lock: it was closed at least once */
	struct writer *next; /* under t->lock */
};

struct version_hooks {
	/*
	 * A version is COMMITTED or DISCARDED; @dir and @name are where it is
	 * now, NULL when it is nowhere.  Called before any thread that waited
	 * for it goes on, while its names are held when promoted.
	 */
	void (*settled)(void *arg, struct version *v, struct dir *dir,
			const char *name);
	/*
	 * The committed file @key gets lineage @l (unless NULL), if it has
	 * none.  Returns a reference to the lineage that it has, or NULL when
	 * no process can have it open.  Called under any lock of this floor.
	 */
	struct lineage *(*file_line)(void *arg, const struct file_key *key,
				     struct lineage *l);
	/*
	 * This thread is about to wait for others, or for the disk; and the
	 * wait is over.  Called under no lock of this floor except v->io: a
	 * thread may be made that takes over.
	 */
	void (*wait_begin)(void *arg);
	void (*wait_end)(void *arg);
	void *arg;
};

/* @rooms has the rooms below, and must outlive the table. */
int versions_new(const struct rooms *rooms, const struct version_hooks *hooks,
		 struct versions **ret);
void versions_free(struct versions *t); /* NULL is fine */
const struct rooms *versions_rooms(const struct versions *t);
/* A number that nothing else of this mount has, and never will. */
uint64_t versions_new_id(struct versions *t);
/* Starts the thread that voids promises, at level close. */
int versions_start(struct versions *t);
void versions_stop(struct versions *t); /* fine if it was never started */

/*
 * Session @from has ended: what is not settled of it belongs to @to from now
 * on, and so does a failure that no mark of @from has told.  If @to has ended
 * meanwhile, to what that has passed all to.
 */
void versions_pass_session(struct versions *t, uint64_t from, uint64_t to);

struct version *version_get(struct version *v);
void version_put(struct version *v); /* NULL is fine */

/* Waits until @v is not SEALED any more. */
void version_wait_settled(struct version *v);

/*
 * A new file: PENDING, with its temp.  -EEXIST with @excl when the name is
 * taken, by a file or by any version.  @w is filled in.  *ret_version is a
 * reference.
 */
struct version_new {
	struct dir *dir;
	const char *name; /* or NULL: none, on the filesystem of @dir */
	mode_t mode;
	bool excl;
	uint64_t owner;
	struct caller by;
};
int version_create(struct versions *t, const struct version_new *spec,
		   struct writer *w, struct version **ret_version);

/*
 * The version that an open of the regular file @name will write: with @trunc
 * one of its own, else the newest that is pending there, or a new one that
 * begins as a copy.  (A new file that is pending there, of another user than
 * the owner of the committed file, is not joined.)  The result is held:
 * version_unhold() it.  If it is new, @make_owner gives its node, before any
 * other thread can see it.  -ENOENT when there is no file any more;
 * VERSION_IN_PLACE when the file can be written, but not replaced (obstacle.h).
 */
#define VERSION_IN_PLACE OBSTACLE_IN_PLACE
int version_reserve(struct versions *t, struct dir *dir, const char *name,
		    pid_t tid, bool trunc,
		    uint64_t (*make_owner)(void *arg, struct version *v),
		    void *arg, struct version **ret_version);
/* Holds a version that was found; false when it is too late. */
bool version_hold(struct version *v);
void version_unhold(struct version *v);

/*
 * Opens @v for writing.  @flags of open(2): O_TRUNC empties it unless it is
 * new.  -ESTALE when it is settled.
 */
int version_open(struct version *v, const struct caller *by, int flags,
		 struct writer *w);

/* A descriptor of its bytes, of any mode; not all of them may be there. */
int version_fd_for_read(struct version *v);
/* The one to use for what is about to be done.  It may have to be made first. */
enum fd_use {
	FD_TO_READ,  /* what is before @at */
	FD_TO_WRITE, /* at @at, or after it: at the end without a copy if the
		      *   file is big (append.h) */
	FD_TO_EMPTY, /* nothing is copied */
	FD_TO_LINK,  /* its temp gets a name: nothing is to be written */
};
int version_fd(struct version *v, enum fd_use use, off_t at, int *ret_fd);
/* A tail becomes an ordinary version; others stay as they are. */
int version_fill(struct version *v);
/* It is open for reading: so it is no tail from here on. */
int version_note_reader(struct version *v);

/*
 * A writable mapping of the temp itself may be left when all have closed.  Then
 * a copy is promoted, since a committed version never changes.
 */
void version_note_mappable(struct version *v);

/* Writes may pass through, so an fsync may not be after the last write. */
void version_note_unseen(struct version *v);

/* A backing call on its bytes failed: it will not be promoted (F9). */
void version_note_error(struct version *v, int code);

/*
 * fsync(2) or fdatasync(2) of its bytes, so that they survive (F10).
 * @by_write: it may come from a write with O_SYNC.  One that a program asked
 * for says that the content is good: then it is promoted also if its writer is
 * killed (F8).
 */
int version_fsync(struct version *v, bool datasync, bool by_write);

/*
 * One close of @w by thread @tid: notes how that thread is ending, and returns
 * the result of close(2), -EPERM when the version would not be promoted
 * (access.h).  The second does not wait for a flush, but returns VERSION_LATER,
 * and @done is called (promise.h), maybe before that.
 */
#define VERSION_LATER 1
int version_flush(struct writer *w, pid_t tid);
int version_flush_later(struct writer *w, pid_t tid,
			void (*done)(void *arg, struct version *v, int result),
			void *arg);

/* A dirty mapping of @v was written back: notes an opener that is dying. */
void version_mapped_write(struct version *v);

/*
 * The last reference to @w is gone.  Called in the order of the kernel's
 * queue.  True when the version is SEALED now and the caller must
 * version_settle() it.
 */
bool version_seal(struct writer *w);
void version_settle(struct version *v);
/* Waits, @ms at most, until all writers of process @pid are sealed. */
void versions_wait_sealed(struct versions *t, pid_t pid, int64_t ms);

bool version_is_settled(struct version *v);
/* Is it PENDING or about to be: not sealed for good? */
bool version_is_open(struct version *v);

#endif
