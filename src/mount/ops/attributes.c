/* SPDX-License-Identifier: MIT */
/*
 * attributes: those of nodes, and of the filesystem.
 */
#include "base/util.h"
#include "mount/metadata/metadata.h"
#include "mount/ops/handlers.h"
#include "mount/ops/kinds.h"
#include "mount/ops/reply.h"

void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	auto_node n = fs_node(q.fs, ino);
	double timeout = 0;
	struct stat st;
	int r = -ESTALE;

	if (n.n)
		r = kinds_of(n.n)->getattr(&q, n.n, fi ? handle_of(fi) : NULL,
					   &st, &timeout);
	if (r < 0)
		reply_result(req, r == -ENOENT ? -ESTALE : r);
	else
		fuse_reply_attr(req, &st, timeout);
}

void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		struct fuse_file_info *fi)
{
	struct request q = request_in_session(req);
	auto_node n = fs_node(q.fs, ino);
	struct handle *h = fi ? handle_of(fi) : NULL;
	double timeout = 0;
	struct stat st;
	const struct node_ops *ops = n.n ? kinds_of(n.n) : NULL;
	int r = ops ? ops->refusal : -ESTALE;

	if (ops && ops->setattr)
		r = ops->setattr(&q, n.n, h, attr, to_set);
	if (!r)
		r = ops->getattr(&q, n.n, h, &st, &timeout);
	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_attr(req, &st, timeout);
}

void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct fs *fs = fs_of(req);
	auto_node n = fs_node(fs, ino);
	struct statvfs st;
	int r = metadata_statfs(fs, n.n, &st);

	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_statfs(req, &st);
}

void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		 const char *value, size_t size, int flags)
{
	struct request q = request_in_session(req);
	auto_node n = fs_node(q.fs, ino);
	int r = n.n ? kinds_of(n.n)->xattr_refusal : -ESTALE;

	if (n.n && kinds_of(n.n)->setxattr)
		r = kinds_of(n.n)->setxattr(&q, n.n, name, value, size, flags);
	reply_result(req, r);
}

void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	struct request q = request_in_session(req);
	auto_node n = fs_node(q.fs, ino);
	int r = n.n ? kinds_of(n.n)->xattr_refusal : -ESTALE;

	if (n.n && kinds_of(n.n)->removexattr)
		r = kinds_of(n.n)->removexattr(&q, n.n, name);
	reply_result(req, r);
}

void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	struct request q = request_of(req);
	auto_node n = fs_node(q.fs, ino);
	auto_free char *buf = size ? malloc(size) : NULL;
	ssize_t r = n.n ? -ENODATA : -ESTALE;

	if (size && !buf)
		r = -ENOMEM;
	else if (n.n && kinds_of(n.n)->getxattr)
		r = kinds_of(n.n)->getxattr(&q, n.n, name, buf, size);
	reply_bytes(req, buf, r, size);
}

void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	struct request q = request_of(req);
	auto_node n = fs_node(q.fs, ino);
	auto_free char *buf = size ? malloc(size) : NULL;
	ssize_t r = n.n ? 0 : -ESTALE;

	if (size && !buf)
		r = -ENOMEM;
	else if (n.n && kinds_of(n.n)->listxattr)
		r = kinds_of(n.n)->listxattr(&q, n.n, buf, size);
	reply_bytes(req, buf, r, size);
}
