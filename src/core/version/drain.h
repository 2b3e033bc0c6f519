/* SPDX-License-Identifier: MIT */
/*
 * drain: what a mark waits for before it is made: files that are open for
 * writing (C3), but not those of other users.
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
	uid_t uid; /* whose mark it is */
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

/* Another user, @uid, has opened @v to write.  Under t->lock. */
void drain_note_user_locked(struct version *v, uid_t uid);

#endif
