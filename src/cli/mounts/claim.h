/* SPDX-License-Identifier: MIT */
/*
 * claim: from a directory as it is to a mount over it.
 *
 * What is mounted there may be about to change.  The mount of a killed run is
 * about to go: its daemon settles what was open, and holds the lock of the
 * state directory meanwhile.  Or another run has the lock, and will have its
 * mount in a moment.  All of that is waited for here, for a bounded time, and
 * looked at again.  A mount that stays is refused, or joined.
 *
 *	struct claim c = { .args = a };
 *	claim_mount()    until it is mounted, or there is a mount to join
 *	claim_mount()    again, when that has gone before it could be joined
 */
#ifndef IDEMFS_CLI_MOUNTS_CLAIM_H
#define IDEMFS_CLI_MOUNTS_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "cli/mounts/daemon.h"
#include "cli/mounts/target.h"

struct claim {
	const struct args *args;
	bool joins; /* the mount of `idemfs run` may be joined */
	bool waits; /* for as long as it takes (--wait) */

	int64_t since; /* when it first found something to wait for; 0: none */
	bool told;     /* the user was told that it waits */
	int served;    /* times in a row that the lock's holder served */
	int unseen;    /* times that the holder of the lock could not be seen */
};

enum { CLAIM_MOUNTED, CLAIM_JOIN };

/*
 * @plan: what to start; NULL: nothing, the caller will mount.
 * CLAIM_MOUNTED with *ret_pid, CLAIM_JOIN with *ret_target (to be released), or
 * -errno with a line in @err.
 */
int claim_mount(struct claim *c, const struct daemon_plan *plan, pid_t *ret_pid,
		struct target *ret_target, struct err *err);

#endif
