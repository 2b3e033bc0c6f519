/* SPDX-License-Identifier: MIT */
/*
 * attach: puts a mount on a directory, and takes it away again, never by a path
 * that may lead elsewhere by then.
 *
 * A user who can rename a directory above the mount point can have a link there
 * between one look at the path and the next.  So the path, after its links were
 * followed once, is opened once and without links, and the mount goes on the
 * directory that was opened.  It is taken away by its number, wherever it is by
 * then.
 */
#ifndef IDEMFS_MOUNT_MOUNTPOINT_ATTACH_H
#define IDEMFS_MOUNT_MOUNTPOINT_ATTACH_H

#include "base/err.h"
#include "mount/mountpoint/mountinfo.h"

struct fuse_session;

/*
 * Opens the directory @path, which is absolute: a descriptor for reading, or
 * -errno with a line in @err; -ELOOP: there is a link on its way by now.
 */
int attach_open(const char *path, struct err *err);

/*
 * Mounts @se on @dir, of attach_open(); @by_path: by the path that it has now,
 * as fusermount3 wants it.  -EIO: libfuse has said why.  -ESTALE: the mount is
 * not on @dir.  *ret is the mount, also then; it is empty when the mount is not
 * known.
 */
int attach(struct fuse_session *se, int dir, bool by_path, struct mounted *ret);

/* Takes @m out of the tree; what is open in it stays so for a while. */
void attach_undo(const struct mounted *m);

#endif
