/* SPDX-License-Identifier: MIT */
/*
 * drain: what a mark waits for before it is made: files that are open for
 * writing (C3), but not those of other users.
 *
 * Whoever may open a file could keep every mark from being made, just by holding
 * it open.  So a mark of a user waits for what that user has written to, and for
 * what root or the user of the daemon has; and theirs for that alone.  What is
 * left is not vouched for, and the mark says so.  What has been closed is waited
 * for, whoever has written it: it is settled in a moment.
 */
#ifndef IDEMFS_CORE_VERSION_DRAIN_H
#define IDEMFS_CORE_VERSION_DRAIN_H

#include "core/version/version.h"

#define DRAIN_NAMED_MAX 64

struct drain {
	uid_t uid; /* whose mark it is */
	int64_t wait_ms;
	const atomic_bool *interrupted; /* or NULL: set before versions_wake() */

	/* what came of it */
	char who[640]; /* of -EBUSY: the oldest: path, pid and command */
	char *others[DRAIN_NAMED_MAX]; /* paths that others have open */
	unsigned int named;	       /* so many of them */
	unsigned int count;	       /* how many there are */
};

/*
 * Waits until no version that was open before now, and that @d is to wait for,
 * is open any more, or about to be put in place: 0, -EBUSY when one is open after
 * @wait_ms, -EINTR.
 */
int drain_versions(struct versions *t, struct drain *d);
void drain_release(struct drain *d);

/* @uid, who is not the first, has opened @v to write.  Under t->lock. */
void drain_note_user_locked(struct version *v, uid_t uid);
/* Does somebody of @uid, or whom all believe, write @v? Under t->lock. */
bool drain_concerns_locked(const struct version *v, uid_t uid);

#endif
