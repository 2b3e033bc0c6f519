/* SPDX-License-Identifier: MIT */
/*
 * statedir: the state directory of DIR, for commands that work with and without
 * a mount.
 *
 * Below a mount it is reached by the daemon's own descriptor of the backing
 * directory.  Only the user who mounted and root can do that, on the same
 * machine.
 */
#ifndef IDEMFS_CLI_MOUNTS_STATEDIR_H
#define IDEMFS_CLI_MOUNTS_STATEDIR_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/mounts/target.h"
#include "core/backing/state.h"

struct statedir {
	const char *dir;      /* as it was given, for messages */
	bool mounted;	      /* @dir is a mount that answers */
	struct target target; /* of that mount */
	int root;	      /* the backing directory */
	struct state state;   /* read only */
};

/*
 * 0, or -errno with a line in @err; -ENOENT: never mounted, or no such @dir.
 *
 * A user may have put anything into an own state directory.  So a process of
 * root that looks at it or changes it becomes that user first.  Then a link
 * there leads no further than that user could go.  Whatever must be done as
 * root, a command of the caller's for instance, must come before this.
 */
int statedir_open(const char *dir, struct statedir *ret, struct err *err);
/* Likewise, up to the backing directory: @ret's state is closed. */
int statedir_open_root(const char *dir, struct statedir *ret, struct err *err);
void statedir_release(struct statedir *p);

/* Is @p, which is not mounted over, in use by a mount elsewhere? */
bool statedir_is_served(const struct statedir *p);

#endif
