/* SPDX-License-Identifier: MIT */
/*
 * place: the state directory of DIR, for commands that work with and without a
 * mount.
 *
 * Below a mount it is reached by the daemon's own descriptor of the backing
 * directory, which takes the user who mounted, or root, on the same machine.
 */
#ifndef IDEMFS_CLI_PLACE_H
#define IDEMFS_CLI_PLACE_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/target.h"
#include "core/state.h"

struct place {
	const char *dir;      /* as it was given, for messages */
	bool mounted;	      /* @dir is a mount that answers */
	struct target target; /* of that mount */
	int root;	      /* the backing directory */
	struct state state;   /* read only */
};

/* 0, or -errno with a line in @err; -ENOENT: never mounted, or no such @dir. */
int place_open(const char *dir, struct place *ret, struct err *err);
/* Likewise, up to the backing directory: @ret's state is closed. */
int place_open_root(const char *dir, struct place *ret, struct err *err);
void place_release(struct place *p);

/* Is @p, that is no mount, in use by a mount elsewhere? */
bool place_is_served(const struct place *p);

#endif
