/* SPDX-License-Identifier: MIT */
#include "mount/checkpoints/opening.h"

#include "mount/node/handle.h"

struct handle *opening_new(struct request *q, struct node *n, int flags)
{
	struct fs *fs = q->fs;
	struct handle *h =
		handle_new(node_get(fs->nodes, n->id), &q->by, flags);

	if (h) {
		h->text.budget = fs->texts;
		h->text.opener = writer_process(q->by.tid);
	} else {
		node_put(fs->nodes, n);
	}
	return h;
}

void opening_publish(struct fs *fs, struct handle *h, struct fuse_file_info *fi)
{
	node_add_handle(fs->nodes, h->node, h, 0);
	fi->fh = (uintptr_t)h;
	fi->direct_io = 1;
	fi->noflush = !handle_can_write(h);
}

int opening_open(struct request *q, struct node *n, struct fuse_file_info *fi,
		 int (*load)(struct request *q, struct handle *h),
		 struct handle **ret)
{
	struct handle *h = opening_new(q, n, fi->flags);
	int r = h ? load(q, h) : -ENOMEM;

	if (r < 0) {
		if (h)
			node_drop_handle(q->fs->nodes, h);
		return r;
	}
	opening_publish(q->fs, h, fi);
	*ret = h;
	return 0;
}

void opening_undo(struct request *q, struct handle *h,
		  struct fuse_file_info *fi)
{
	(void)fi;
	node_remove_handle(q->fs->nodes, h->node, h);
	node_drop_handle(q->fs->nodes, h);
}
