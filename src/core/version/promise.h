/* SPDX-License-Identifier: MIT */
/*
 * commit: what makes close(2) durable at level close (flush.h).
 *
 * A version is promoted when the last reference to it goes, which close(2) does
 * not wait for.  close(2) waits for FLUSH, and a FLUSH does not say whether
 * another descriptor is left.  So a FLUSH by the opener, of a version that no
 * other process has opened, makes a promise instead of a promotion:
 *
 *  1  a note is written to the journal: this temp belongs at this path, and its
 *     bytes have this digest
 *  2  the temp and the note are flushed
 *  3  the FLUSH is answered
 *
 * The promotion that follows is only a rename, not flushed.  After a power cut
 * recovery finds the file at its name, or it finds temp and note, and does the
 * rename.  A temp that is not, byte for byte, what the note says goes to
 * quarantine.
 *
 * If it was not the last reference, the promise is voided, durably:
 *
 *  - before the next write that comes to the daemon is carried out;
 *  - by a thread, when the process that closed sends another request
 *    (promises_seen()), since the RELEASE of the last close would have come
 *    first;
 *  - by the same thread after PROMISE_MS;
 *  - before another version, or another file, comes to its name.  That has no
 *    promise there, so recovery would put this version over it.  It is voided
 *    before the rename, so that this holds for a killed daemon and for a power
 *    cut alike.
 *
 * None of these waits for a thread that is still closing the version: the
 * kernel holds a directory locked meanwhile, and that thread may have much to
 * read and to flush.  They void its promise, written or not.  That thread looks
 * before it writes the note, and before it answers, and goes on without a
 * promise then.
 *
 * Closes at the same time share step 2.  One thread leads, for all that wait.
 * Threads that come meanwhile wait for the next flush.  If the previous flush
 * was for another process, more are likely to come: then the leader waits for
 * them, for as long as a flush takes, or until no thread is left that could
 * come.  How to flush depends on the filesystem (way.h):
 *
 *  ordered  the bytes are written back, and then one fsync of a file that has
 *           just changed commits the log
 *  whole    syncfs(2) each     each thread flushes its own temp; the leader
 *  flushes the journal and
 *           the directory of the temps
 *  nothing  nothing survives
 *
 * A version without a promise (its last holder is another process, it is empty,
 * its promise was voided, or it has too many holes to be read) is flushed
 * before it is promoted, and after that.  So is one whose last FLUSH made no
 * promise: a child that has inherited the descriptor may have written after the
 * FLUSH that made one, and we are not told of writes that pass through
 * (passthrough.h).
 */
#ifndef IDEMFS_CORE_VERSION_PROMISE_H
#define IDEMFS_CORE_VERSION_PROMISE_H

#include <semaphore.h>

#include "core/version/types.h"

struct promises;

/*
 * *ret is NULL at other levels, and all calls do nothing then.  None may be
 * called under a lock of the version table.
 */
int promises_new(struct versions *t, struct promises **ret);
void promises_free(struct promises *c);

/* Starts the thread that voids old promises. */
int promises_start(struct promises *c);
void promises_stop(struct promises *c);

/*
 * Steps 1 and 2, at level close only.  0: @done was or will be called once, by
 * any thread, with the result of close(2); nothing of the caller's is used
 * after that.  -errno: it is not called.
 */
typedef void promise_done(void *arg, struct version *v, int result);
int promise_make(struct promises *c, struct version *v, pid_t tid,
		 promise_done *done, void *arg);
/*
 * Thread @tid has sent a request that is no part of an exit or a close.  So if
 * the RELEASE of a version that it has closed has not come, that close was not
 * the last.  Called in the order of the kernel's queue; cheap.  @c may be NULL.
 */
void promises_seen(struct promises *c, pid_t tid);
/* For a thread that waits: @done is promise_wait_done(), @arg is this. */
struct promise_wait {
	sem_t done;
	int result;
};
void promise_wait_begin(struct promise_wait *w);
void promise_wait_done(void *arg, struct version *v, int result);
/* Waits for the result, if @later; else @r. */
int promise_wait_end(struct promise_wait *w, bool later, int r);

/* Before @v is changed: voids its promise. */
int promise_void(struct promises *c, struct version *v);
/*
 * Before @v is promoted: makes its bytes durable, and voids the promises of
 * versions of its name that were closed earlier.  Its own stays until the
 * rename makes it void, and no thread voids it any more.  1: it has none, and
 * promise_flush_names() must make the names durable, too.
 */
int promise_prepare(struct promises *c, struct version *v);
void promise_flush_names(struct promises *c, struct version *v);
/* @v has no names any more: its promise is of no use. */
void promise_forget(struct promises *c, struct version *v);

/* For status: versions that were flushed, and with how many flushes. */
void promises_count(struct promises *c, unsigned long *ret_versions,
		    unsigned long *ret_flushes);

#endif
