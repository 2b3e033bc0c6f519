/* SPDX-License-Identifier: MIT */
/*
 * reply: what several handlers send; each is the one reply to its request.
 */
#ifndef IDEMFS_MOUNT_OPS_REPLY_H
#define IDEMFS_MOUNT_OPS_REPLY_H

#include "mount/entry/entry.h"
#include "mount/entry/trusted.h"
#include "mount/fs/node_ops.h"

/* In directory @in: those of marks do not matter, and are slow to answer. */
struct trusted_turn reply_turn(struct request *q, const struct node *in);
/*
 * Before the reply that @name in @in leads to @f, or is absent (@r): the kernel
 * may trust that for a while.
 */
void reply_trusts(const struct trusted_turn *at, const struct node *in,
		  const char *name, int r, const struct entry *f);
/* What was found; takes the reference to the node. */
void reply_entry(struct request *q, struct entry *f);
/* Nothing was found, and for how long that may be remembered. */
void reply_absent(struct request *q, const struct entry *f);
/* The end of mkdir and the like: @r, or what is at @name in @in now. */
void reply_made(struct request *q, const struct node_ops *ops, struct node *in,
		const char *name, int r);
/*
 * A file that was created, and is open as @fi says; takes the reference to the
 * node.  -errno: the kernel did not get it, and will send no RELEASE.
 */
int reply_created(struct request *q, struct entry *f,
		  const struct fuse_file_info *fi);
/* @n: bytes in @buf, or -errno; @size 0: only their number was asked for. */
void reply_bytes(fuse_req_t req, const char *buf, ssize_t n, size_t size);

#endif
