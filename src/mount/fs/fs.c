/* SPDX-License-Identifier: MIT */
#include "mount/fs/fs.h"

#include "core/sessions/sessions.h"

void reply_result(fuse_req_t req, int r)
{
	fuse_reply_err(req, -r);
}

struct caller fs_caller(fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);

	return (struct caller){ .tid = ctx->pid,
				.uid = ctx->uid,
				.gid = ctx->gid,
				.umask = ctx->umask };
}

void request_find_session(struct request *q)
{
	q->by.session = sessions_of(q->fs->sessions, q->by.tid);
}

uint64_t fs_ino(struct fs *fs, uint64_t dev, uint64_t ino)
{
	return dev == backing_root(fs->backing)->key.dev
		       ? ino
		       : ino ^ (dev << 40 | dev >> 24);
}

void fs_fix_ino(struct fs *fs, uint64_t dev, struct stat *st)
{
	st->st_ino = fs_ino(fs, dev, st->st_ino);
}
