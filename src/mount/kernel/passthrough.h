/* SPDX-License-Identifier: MIT */
/*
 * passthrough: reads, writes and mappings of an open file that go straight to
 * the file below, without a request to us.  Linux 6.9 or later, with
 * CAP_SYS_ADMIN.  docs/internals.md says which opens get it.
 *
 *	passthrough_begin()   by the INIT handler: asks for it if it may
 *	passthrough_open()    for the first of a node's handles: a backing id
 *	channel_pass_to()     puts the id into the answer
 *	passthrough_close()   after the last of these handles is released
 *
 * The kernel wants all opens of one node to be alike, and to have one id, or it
 * answers EIO (fs/fuse/iomode.c); node_add_handle() sees to that.  An open that
 * passes through bypasses the page cache of its node, and an error of a write
 * goes to the writer alone: hence passthrough_has_room().
 */
#ifndef IDEMFS_MOUNT_KERNEL_PASSTHROUGH_H
#define IDEMFS_MOUNT_KERNEL_PASSTHROUGH_H

#include <stdbool.h>

#include "core/options/options.h"

struct caller;
struct channel;
struct fuse_conn_info;
struct passthrough;
struct version;

/*
 * @root: a descriptor on the backing filesystem; it stays the caller's.
 *
 * With --allow-other nothing passes through by default.  A read or write that
 * passes through holds the inode's lock below while it waits for the caller's
 * memory.  A user can have that filled by an own server, which never answers.
 * A rename to that name would wait as long, and with it all names.
 */
int passthrough_new(struct channel *c, const struct options *opt, int root,
		    struct passthrough **ret);
void passthrough_free(struct passthrough *p);
void passthrough_begin(struct passthrough *p, struct fuse_conn_info *conn);

/* Is passthrough on, so that asking for an id is of use?  Cheap. */
bool passthrough_is_on(const struct passthrough *p);
/*
 * A backing id for the file of @fd, or 0: its reads and writes come to us.  The
 * kernel writes to it as @by, the opener.
 */
int passthrough_open(struct passthrough *p, int fd, const struct caller *by);
void passthrough_close(struct passthrough *p, int backing_id); /* 0 is fine */

/*
 * We are not told of a write that failed.  So a writer of @v passes through
 * only while its disk has room to spare, and no quotas, which may refuse a
 * write all the same.  A writer that closes when the disk is full counts as one
 * whose write failed (F9).
 */
bool passthrough_has_room(struct passthrough *p, struct version *v);
bool passthrough_is_full(struct passthrough *p, struct version *v);

/* For status: "on", or "off: " and why.  @probe: any regular file below. */
const char *passthrough_state(struct passthrough *p, int probe);

#endif
