/* SPDX-License-Identifier: MIT */
/*
 * parts: what a mount has when it is not mounted yet: core, nodes, and what the
 * rooms of this floor keep.
 */
#ifndef IDEMFS_MOUNT_SERVE_PARTS_H
#define IDEMFS_MOUNT_SERVE_PARTS_H

#include "base/err.h"
#include "mount/fs/fs.h"

/*
 * Recovers what a crash has left in @backing, and makes the parts of @fs, whose
 * options, root and state are there.  What was made when it fails is left for
 * parts_free().
 */
int parts_make(struct fs *fs, const char *backing, struct err *err);
void parts_free(struct fs *fs);

#endif
