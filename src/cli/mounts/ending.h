/* SPDX-License-Identifier: MIT */
/*
 * ending: the end of the daemon behind a mount that is taken away.
 *
 *	ending_watch()   before it is unmounted: later nothing leads to it
 *	ending_wait()    once it is
 *	ending_tell()    how it went, for a caller that has waited by itself
 *	ending_release()
 *
 * A daemon goes on after the unmount as long as the mount has a copy in another
 * mount namespace.  So after a moment it is told to end, by a signal.  What is
 * open in the copy has --drain to be closed, and then the copy is dead.  A
 * daemon that is ending anyway ignores the signal.
 */
#ifndef IDEMFS_CLI_MOUNTS_ENDING_H
#define IDEMFS_CLI_MOUNTS_ENDING_H

#include <stdint.h>

#include "base/err.h"
#include "cli/mounts/target.h"
#include "mount/mountpoint/mountinfo.h"

#define ENDING_PATIENCE_MS 1000 /* until it is told */

struct ending {
	int pidfd; /* readable when it has ended; -1: it cannot be seen */
	int end;   /* what it tells then; -1 */
	pid_t pid;
	struct mounted what; /* for its copies */
};

#define ENDING_CLOSED                  \
	{                              \
		.pidfd = -1, .end = -1 \
	}

void ending_watch(const struct target *t, struct ending *ret);
void ending_release(struct ending *e);

/* After ENDING_PATIENCE_MS: tells it to end, and people why. */
void ending_hurry(const struct ending *e, const char *dir);
/* 0: all went well; else -errno with a line in @err. */
int ending_tell(const struct ending *e, const char *dir, struct err *err);

/* All three. */
int ending_wait(const struct ending *e, const char *dir, struct err *err);

#endif
