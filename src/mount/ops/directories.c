/* SPDX-License-Identifier: MIT */
/*
 * directories: from OPENDIR to RELEASEDIR (name/listing.h).
 */
#include <dirent.h>

#include "base/util.h"
#include "mount/entry/learning.h"
#include "mount/node/handle.h"
#include "mount/ops/handlers.h"
#include "mount/ops/kinds.h"

static void drop_dir(struct fs *fs, struct handle *h)
{
	node_remove_dir(fs->nodes, h);
	node_drop_handle(fs->nodes, h);
}

void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct node *n = node_get(q.fs->nodes, ino);
	int r = kinds_check_dir(n);
	struct handle *h = r < 0 ? NULL : handle_new(n, &q.by, fi->flags);

	if (!h) {
		node_put(q.fs->nodes, n);
		reply_result(req, r < 0 ? r : -ENOMEM);
		return;
	}
	node_add_dir(q.fs->nodes, h);
	fi->fh = (uintptr_t)h;
	if (fuse_reply_open(req, fi) < 0)
		drop_dir(q.fs, h);
}

static int load_locked(struct request *q, struct handle *h)
{
	int r;

	handle_drop_entries(h);
	r = kinds_of(h->node)->list(q, h);
	h->list.loaded = r == 0;
	return r;
}

static size_t fill_locked(fuse_req_t req, struct handle *h, char *buf,
			  size_t size, size_t from)
{
	size_t used = 0;

	for (size_t i = from; i < h->list.count; i++) {
		const struct dir_entry *e = &h->list.entries[i];
		struct stat st = { .st_ino = e->ino,
				   .st_mode = (mode_t)DTTOIF(e->type) };
		size_t n = fuse_add_direntry(req, buf + used, size - used,
					     e->name, &st, (off_t)i + 1);

		if (n > size - used)
			break;
		used += n;
	}
	return used;
}

void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	auto_free char *buf = malloc(size);
	size_t used = 0;
	int r = buf ? 0 : -ENOMEM;

	(void)ino;
	/* Not under the lock, which it is found again under. */
	if (learning_any(q.fs))
		request_find_session(&q);
	pthread_mutex_lock(&h->list.lock);
	if (!r && (off == 0 || !h->list.loaded))
		r = load_locked(&q, h);
	if (!r)
		used = fill_locked(req, h, buf, size, (size_t)off);
	pthread_mutex_unlock(&h->list.lock);
	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_buf(req, buf, used);
}

void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	drop_dir(fs_of(req), handle_of(fi));
	fuse_reply_err(req, 0);
}

void op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync,
		 struct fuse_file_info *fi)
{
	struct request q = request_of(req);
	struct handle *h = handle_of(fi);
	const struct node_ops *ops = kinds_of(h->node);

	(void)ino;
	(void)datasync; /* names are all that a directory has */
	reply_result(req, ops->fsyncdir ? ops->fsyncdir(&q, h) : 0);
}
