/* SPDX-License-Identifier: MIT */
/*
 * drain: what a mark waits for before it is made: files that are open for
 * writing (C3), but not those of other sessions, nor of other users.
 *
 * A mark of a session waits for versions that were opened in that session,
 * and in no session inside it; a mark by time waits for those that were opened
 * in no session (S3).  So steps that run side by side do not wait for each
 * other.  A version that was opened in several sessions belongs to the first,
 * but marks of all of them wait for it.
 *
 * A user could keep every mark from being made, just by holding a file open.
 * So a mark of a user waits for versions that this user, root or the user of
 * the daemon has written to; marks of root and of the user of the daemon wait
 * for versions of these two.  The mark does not vouch for the others, and says
 * so.  A version that has been closed is waited for, whichever user has written
 * it: it is settled in a moment.
 */
#ifndef IDEMFS_CORE_VERSION_DRAIN_H
#define IDEMFS_CORE_VERSION_DRAIN_H

#include "core/version/version.h"

#define DRAIN_NAMED_MAX 64

struct drain {
	uid_t uid;	  /* whose mark it is */
	uint64_t session; /* and of which session; 0: by time */
	int64_t wait_ms;
	const atomic_bool *interrupted; /* or NULL: set before versions_wake() */

	/* results */
	char who[640]; /* after -EBUSY: the oldest: path, pid, command */
	char *others[DRAIN_NAMED_MAX]; /* paths that others have open */
	unsigned int named;	       /* so many of them */
	unsigned int count;	       /* how many there are */
};

/*
 * Waits until each version that is open now, and that @d is to wait for, is
 * settled: 0, -EBUSY when one is still open after @wait_ms, -EINTR.
 */
int drain_versions(struct versions *t, struct drain *d);
void drain_release(struct drain *d);

/*
 * Before @session ends: waits until what was closed in it is settled, so that
 * this is still its change.
 */
void drain_closed(struct versions *t, uint64_t session);

/* @v is opened to write once more, by @uid in @session.  Under t->lock. */
void drain_note_joined_locked(struct version *v, uid_t uid, uint64_t session);

#endif
