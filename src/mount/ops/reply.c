/* SPDX-License-Identifier: MIT */
#include "mount/ops/reply.h"

static struct fuse_entry_param entry_param(const struct entry *f)
{
	return (struct fuse_entry_param){
		.ino = f->node->id,
		.generation = 0,
		.attr = f->st,
		.attr_timeout = f->attr_timeout,
		.entry_timeout = f->entry_timeout,
	};
}

struct trusted_turn reply_turn(struct request *q, const struct node *in)
{
	bool tree = in && in->kind == NODE_TREE;

	return trusted_begin(tree ? q->fs->trusted : NULL, q->by.tid);
}

/* Of which an OPEN or READDIR does not tell all (trusted.h). */
static bool tells_by_name(int r, const struct entry *f)
{
	return r == -ENOENT ||
	       (!r && (S_ISLNK(f->st.st_mode) ||
		       (S_ISREG(f->st.st_mode) && f->st.st_nlink > 1)));
}

void reply_trusts(const struct trusted_turn *at, const struct node *in,
		  const char *name, int r, const struct entry *f)
{
	if (f->entry_timeout > 0 && tells_by_name(r, f))
		trusted_note(at, in->id, name);
}

void reply_entry(struct request *q, struct entry *f)
{
	struct fuse_entry_param e = entry_param(f);

	node_told(q->fs->nodes, f->node);
	if (fuse_reply_entry(q->req, &e) < 0)
		node_forget(q->fs->nodes, e.ino, 1);
	node_put(q->fs->nodes, f->node);
}

int reply_created(struct request *q, struct entry *f,
		  const struct fuse_file_info *fi)
{
	struct fuse_entry_param e = entry_param(f);
	int r;

	node_told(q->fs->nodes, f->node);
	r = fuse_reply_create(q->req, &e, fi);
	if (r < 0)
		node_forget(q->fs->nodes, e.ino, 1);
	node_put(q->fs->nodes, f->node);
	return r;
}

void reply_absent(struct request *q, const struct entry *f)
{
	struct fuse_entry_param e = { .entry_timeout = f->entry_timeout };

	/* Node 0: the absence itself may be remembered. */
	if (f->entry_timeout > 0)
		fuse_reply_entry(q->req, &e);
	else
		fuse_reply_err(q->req, ENOENT);
}

void reply_made(struct request *q, const struct node_ops *ops, struct node *in,
		const char *name, int r)
{
	auto_trusted at = reply_turn(q, in);
	struct entry f = { 0 };

	if (!r)
		r = ops->lookup(q, in, name, &f);
	if (!r)
		reply_trusts(&at, in, name, r, &f);
	if (r < 0)
		reply_result(q->req, r);
	else
		reply_entry(q, &f);
}

void reply_bytes(fuse_req_t req, const char *buf, ssize_t n, size_t size)
{
	if (n < 0)
		reply_result(req, (int)n);
	else if (size == 0)
		fuse_reply_xattr(req, (size_t)n);
	else
		fuse_reply_buf(req, buf, (size_t)n);
}
