/* SPDX-License-Identifier: MIT */
/*
 * names: LOOKUP and FORGET, and what makes, moves and removes names.
 */
#include <limits.h>

#include "base/util.h"
#include "mount/ops/handlers.h"
#include "mount/ops/kinds.h"
#include "mount/ops/reply.h"

void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct request q = request_of(req);
	auto_node p = fs_node(q.fs, parent);
	auto_trusted at = reply_turn(&q, p.n);
	struct entry f = { 0 };
	const struct node_ops *ops;
	int r = kinds_at(p.n, name, &ops);

	if (!r)
		r = ops->lookup(&q, p.n, name, &f);
	if (p.n)
		reply_trusts(&at, p.n, name, r, &f);
	if (!r)
		reply_entry(&q, &f);
	else if (r == -ENOENT)
		reply_absent(&q, &f);
	else
		reply_result(req, r);
}

void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t count)
{
	node_forget(fs_of(req)->nodes, ino, count);
	fuse_reply_none(req);
}

void op_forget_multi(fuse_req_t req, size_t count,
		     struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		node_forget(fs_of(req)->nodes, forgets[i].ino,
			    forgets[i].nlookup);
	fuse_reply_none(req);
}

void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	struct request q = request_in_session(req);
	auto_node p = fs_node(q.fs, parent);
	const struct node_ops *ops = NULL;
	int r = kinds_at(p.n, name, &ops);

	if (!r)
		r = ops->mkdir ? ops->mkdir(&q, p.n, name, mode) : ops->refusal;
	reply_made(&q, ops, p.n, name, r);
}

void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	      dev_t dev)
{
	struct request q = request_in_session(req);
	auto_node p = fs_node(q.fs, parent);
	const struct node_ops *ops = NULL;
	int r = kinds_at(p.n, name, &ops);

	if (!r)
		r = ops->mknod ? ops->mknod(&q, p.n, name, mode, dev)
			       : ops->refusal;
	reply_made(&q, ops, p.n, name, r);
}

void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
		const char *name)
{
	struct request q = request_in_session(req);
	auto_node p = fs_node(q.fs, parent);
	const struct node_ops *ops = NULL;
	int r = kinds_at(p.n, name, &ops);

	if (!r)
		r = ops->symlink ? ops->symlink(&q, p.n, name, target)
				 : ops->refusal;
	reply_made(&q, ops, p.n, name, r);
}

void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent,
	     const char *newname)
{
	struct request q = request_in_session(req);
	auto_node n = fs_node(q.fs, ino);
	auto_node p = fs_node(q.fs, newparent);
	auto_trusted at = reply_turn(&q, p.n);
	const struct node_ops *ops;
	struct entry f = { 0 };
	int r = n.n ? kinds_at(p.n, newname, &ops) : -ESTALE;

	if (!r)
		r = ops->link ? ops->link(&q, n.n, p.n, newname, &f)
			      : ops->refusal;
	if (!r)
		reply_trusts(&at, p.n, newname, r, &f);
	if (r < 0)
		reply_result(req, r);
	else
		reply_entry(&q, &f);
}

void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct request q = request_in_session(req);
	auto_node p = fs_node(q.fs, parent);
	const struct node_ops *ops;
	int r = kinds_at(p.n, name, &ops);

	if (!r)
		r = ops->unlink ? ops->unlink(&q, p.n, name) : ops->refusal;
	reply_result(req, r);
}

void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct request q = request_in_session(req);
	auto_node p = fs_node(q.fs, parent);
	const struct node_ops *ops;
	int r = kinds_at(p.n, name, &ops);

	if (!r)
		r = ops->rmdir ? ops->rmdir(&q, p.n, name) : ops->refusal;
	reply_result(req, r);
}

/* From a name of one kind to one of another. */
static int rename_across(struct request *q, const struct node_ops *from,
			 struct node *in, const char *name,
			 const struct node_ops *there, struct node *to,
			 const char *to_name, unsigned int flags)
{
	if (!from->rename)
		return from->refusal;
	if (!there->rename)
		return there->refusal;
	if (there->adopt)
		return there->adopt(q, in, name, to, to_name, flags);
	/* Out of the marks: mv(1) copies. */
	return from->adopt ? -EXDEV : -EBUSY;
}

static int rename_within(struct request *q, const struct node_ops *ops,
			 struct node *in, const char *name, struct node *to,
			 const char *to_name, unsigned int flags)
{
	struct trusted_turn at = reply_turn(q, to);

	trusted_note(&at, to->id, to_name);
	if (flags & RENAME_EXCHANGE)
		trusted_note(&at, in->id, name);
	trusted_end(&at);
	return ops->rename ? ops->rename(q, in, name, to, to_name, flags)
			   : ops->refusal;
}

void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
	       fuse_ino_t newparent, const char *newname, unsigned int flags)
{
	struct request q = request_in_session(req);
	auto_node p = fs_node(q.fs, parent);
	auto_node to = fs_node(q.fs, newparent);
	const struct node_ops *ops = NULL, *there = NULL;
	int r = kinds_at(p.n, name, &ops);

	if (!r)
		r = kinds_at(to.n, newname, &there);
	if (!r && ops != there)
		r = rename_across(&q, ops, p.n, name, there, to.n, newname,
				  flags);
	else if (!r)
		r = rename_within(&q, ops, p.n, name, to.n, newname, flags);
	reply_result(req, r);
}

void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct request q = request_of(req);
	auto_node n = fs_node(q.fs, ino);
	char target[PATH_MAX + 1];
	int r = n.n ? -EINVAL : -ESTALE;

	if (n.n && kinds_of(n.n)->readlink)
		r = kinds_of(n.n)->readlink(&q, n.n, target, sizeof(target));
	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_readlink(req, target);
}
