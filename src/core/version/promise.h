/* SPDX-License-Identifier: MIT */
/*
 * commit: what makes close(2) durable at level close (flush.h).
 *
 * A version is promoted when the last reference to it goes, which nobody waits
 * for; close(2) waits for FLUSH, and a FLUSH does not say whether another
 * descriptor is left.  So a FLUSH by the opener, of a version that nobody else
 * has opened, makes a promise instead of a promotion:
 *
 *  1  a note in the journal: this temp belongs at this path, and its bytes have
 *     this digest
 *  2  the temp and the note are flushed
 *  3  the FLUSH is answered
 *
 * The promotion that follows is a rename alone, not flushed.  After a power
 * cut recovery finds either the file in its place, or temp and note, and does
 * the rename; a temp that is not, byte for byte, what the note says goes to
 * quarantine.
 *
 * If it was not the last reference, the note is void, and is taken back,
 * durably: before the next write that passes here is carried out; by a thread,
 * when he who closed asks for something else (promises_seen()), since the news of
 * the last close would have come before that; and by the same thread after
 * PROMISE_MS.  And before another version, or another file, is put at its name:
 * that leaves no note of its own there, so recovery would put this one over it.
 * Taken back durably, and before the rename, so that it holds for a killed
 * daemon and for a power cut alike.  None of them waits for who is still
 * closing it: the kernel holds a directory locked meanwhile, and he may have
 * much to read and to flush.  They make his note void, written or not; he looks
 * before he writes it, and before he answers, and goes without one then.
 *
 * Who closes at the same time shares step 2: one leads, for all who wait; who
 * comes meanwhile waits for the next.  Where the one before was for another
 * process, more are likely to come: then the leader waits for them, for as long
 * as a flush takes, or until nobody is left who could.  How to flush is known of
 * the filesystem (way.h):
 *
 *  ordered  the bytes are written back, and then one fsync of a file that has
 *           just changed commits the log
 *  whole    syncfs(2)
 *  each     whoever closes has its own temp flushed; the leader flushes the
 *           journal and the directory of the temps
 *  nothing  nothing survives
 *
 * A version that ends without a note (its last holder is another process, it is
 * empty, its note was void, or it has more holes than anybody would wait for)
 * is flushed before it is promoted, and after it.  So is one whose last FLUSH
 * was none that made a note: a child that has inherited the descriptor may have
 * written after the one that did, and what passes through (passthrough.h)
 * nobody tells us of.
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

/* The thread that takes old notes back. */
int promises_start(struct promises *c);
void promises_stop(struct promises *c);

/*
 * Steps 1 and 2, at level close only.  0: @done has been or will be called
 * once, by any thread, with what close(2) is to say; nothing of the caller's is
 * touched after it.  -errno: it is not called.
 */
typedef void promise_done(void *arg, struct version *v, int result);
int promise_make(struct promises *c, struct version *v, pid_t tid,
		 promise_done *done, void *arg);
/*
 * Thread @tid asks for something that no exit and no close does: what it has
 * closed was not the last reference, if that has not come yet.  In the order of
 * the kernel's queue; cheap.  @c may be NULL.
 */
void promises_seen(struct promises *c, pid_t tid);
/* For who waits: give @done promise_wait_done() and this. */
struct promise_wait {
	sem_t done;
	int result;
};
void promise_wait_begin(struct promise_wait *w);
void promise_wait_done(void *arg, struct version *v, int result);
/* What it came to, once @later; else @r. */
int promise_wait_end(struct promise_wait *w, bool later, int r);

/* Before @v is changed: there is no note of it any more. */
int promise_void(struct promises *c, struct version *v);
/*
 * Before @v is promoted: its bytes are durable, and no note of who has closed
 * another version of its name before is left.  Its own stays, until the rename
 * makes it void, but nobody takes it back any more.  1: there was none, and
 * promise_flush_names() is to make the names durable, too.
 */
int promise_prepare(struct promises *c, struct version *v);
void promise_flush_names(struct promises *c, struct version *v);
/* @v has no names any more: a note is of no use. */
void promise_forget(struct promises *c, struct version *v);

/* For status: versions that were flushed, and with how many flushes. */
void promises_count(struct promises *c, unsigned long *ret_versions,
		    unsigned long *ret_flushes);

#endif
