/* SPDX-License-Identifier: MIT */
/*
 * control_files: the files in .checkpoints by which a mount tells of itself,
 * and runs join it (idemfs/control.h).
 */
#include "base/util.h"
#include "mount/checkpoints/buffer.h"
#include "mount/checkpoints/checkpoints.h"
#include "mount/checkpoints/control_names.h"
#include "mount/checkpoints/files.h"
#include "mount/checkpoints/opening.h"
#include "mount/checkpoints/status.h"
#include "mount/mountpoint/lifetime.h"
#include "mount/node/handle.h"

/* The open itself says that a run needs the mount, or not (lifetime.h). */
static int join_or_leave(struct request *q, struct handle *h)
{
	struct lifetime *l = q->fs->lifetime;
	int others = 0, r = 0;

	if (h->node->number == CONTROL_JOIN)
		r = lifetime_join(l, q->by.tid);
	else
		others = lifetime_leave(l, q->by.tid);
	if (r < 0)
		return r;
	r = asprintf(&h->text.bytes, "%d\n", others);
	h->text.size = (size_t)r;
	return r < 0 ? -ENOMEM : 0;
}

static int load(struct request *q, struct handle *h)
{
	unsigned int number = h->node->number;

	if (handle_can_write(h))
		return -EACCES;
	if (number == CONTROL_JOIN || number == CONTROL_LEAVE)
		return join_or_leave(q, h);
	h->text.bytes = status_text(q->fs, number, &h->text.size);
	return h->text.bytes ? 0 : -ENOMEM;
}

static int open_control(struct request *q, struct node *n,
			struct fuse_file_info *fi, struct handle **ret)
{
	return opening_open(q, n, fi, load, ret);
}

const struct node_ops control_ops = {
	.refusal = -EPERM,
	.xattr_refusal = -EOPNOTSUPP,
	.getattr = control_getattr,
	.open = open_control,
	.unopen = opening_undo,
	.read = buffer_read,
};
