/* SPDX-License-Identifier: MIT */
#include "mount/checkpoints/opening.h"

#include "mount/node/handle.h"

struct handle *opening_new(struct request *q, struct node *n, int flags)
{
	struct fs *fs = q->fs;
	struct handle *h =
		handle_new(node_get(fs->nodes, n->id), &q->by, flags);

	if (h) {
		h->budget = fs->texts;
		h->opener = writer_process(q->by.tid);
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

void opening_drop(struct fs *fs, struct handle *h)
{
	struct node *n = h->node;

	handle_free(h);
	node_put(fs->nodes, n);
}

void opening_undo(struct request *q, struct handle *h,
		  struct fuse_file_info *fi)
{
	(void)fi;
	node_remove_handle(q->fs->nodes, h->node, h);
	opening_drop(q->fs, h);
}
