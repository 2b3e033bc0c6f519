/* SPDX-License-Identifier: MIT */
/*
 * truncate: a new size, by path or by descriptor.
 */
#include <fcntl.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/digest/stream.h"
#include "core/tree/tree.h"
#include "core/version/pending.h"
#include "core/version/shown.h"
#include "mount/entry/cache.h"
#include "mount/entry/entry.h"
#include "mount/entry/in_place.h"
#include "mount/entry/place.h"
#include "mount/entry/redirect.h"
#include "mount/file/file.h"
#include "mount/file/opened.h"
#include "mount/kernel/loop.h"
#include "mount/node/handle.h"

static int truncate_fd(struct version *v, const struct caller *by, int fd,
		       off_t size)
{
	auto_access as = { 0 };
	int r = access_write(&as, by, fd);

	if (r < 0)
		return r;
	return v ? stream_truncate(version_stream(v), fd, size)
		 : sys.ftruncate(fd, size);
}

static int truncate_handle(struct fs *fs, struct handle *h,
			   const struct caller *by, off_t size)
{
	int fd, r = handle_fd(h, size ? FD_TO_WRITE : FD_TO_EMPTY, 0, &fd);

	if (!r)
		r = truncate_fd(h->version, by, fd, size);
	if (!r && loop_kills_priv())
		r = attr_kill_priv(fd, loop_kills_priv());
	if (h->version)
		version_note_error(h->version, r);
	if (h->version && h->apart)
		cache_forget_version(fs, h->version);
	return r;
}

/* truncate(2) of a name is an open, a truncation and a close. */
static int truncate_version(struct fs *fs, struct version *v,
			    const struct caller *by, off_t size)
{
	struct writer w;
	int fd, r = version_open(v, by, size ? 0 : O_TRUNC, &w);

	if (r < 0)
		return r;
	r = version_fd(v, FD_TO_WRITE, 0, &fd);
	if (!r)
		r = truncate_fd(v, by, fd, size);
	if (!r && loop_kills_priv())
		r = attr_kill_priv(fd, loop_kills_priv());
	version_note_error(v, r);
	version_flush(&w, by->tid);
	cache_forget_closing(fs, v);
	if (version_seal(&w))
		version_settle(v);
	return r;
}

static int truncate_in_place(struct fs *fs, struct node *n,
			     const struct caller *by, off_t size)
{
	auto_fd fd = -1;
	int r = place_open(fs, n, O_WRONLY, &fd);

	if (!r)
		in_place_note(fs, n, by);
	if (!r)
		r = truncate_fd(NULL, by, fd, size);
	if (!r && loop_kills_priv())
		r = attr_kill_priv(fd, loop_kills_priv());
	return r;
}

/* As open_by_fd() in open.c. */
static int truncate_by_fd(struct fs *fs, struct node *n,
			  const struct caller *by, off_t size)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	auto_version *v = NULL;
	struct file_key key;
	int r = place_find(fs, n, &dir, &name, &key);

	if (!r && !place_leads_to(fs, n, dir, name, &key))
		r = -ENOENT;
	if (!r)
		r = entry_reserve(fs, dir, name, by->tid, size == 0, &v);
	if (r == -ENOENT || r == -ESTALE || r == VERSION_IN_PLACE)
		return truncate_in_place(fs, n, by, size);
	if (r < 0)
		return r;
	r = opened_may(v, &key, by, O_WRONLY);
	if (!r) {
		cache_forget_name(fs, dir, name);
		r = truncate_version(fs, v, by, size);
	}
	cache_forget_version(fs, v);
	version_unhold(v);
	return r;
}

static bool has_size(struct fs *fs, struct dir *dir, const char *name,
		     const struct file_key *key, off_t size)
{
	struct file_key found;
	struct statx st;

	if (loop_kills_priv() || versions_any(fs->versions, dir, name) ||
	    dir_statx(dir, name, &st) < 0)
		return false;
	found = statx_key(&st);
	return file_key_equal(&found, key) && st.stx_size == (uint64_t)size &&
	       !(st.stx_attributes & STATX_ATTR_APPEND);
}

/* Sends the caller back to look the name up once more (redirect.h). */
static int redirect_truncate(struct fs *fs, struct node *n,
			     const struct caller *by, off_t size)
{
	auto_dir *parent = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	struct redirect *old;
	int r = place_find(fs, n, &parent, &name, &key);

	if (r < 0)
		return r;
	if (in_place_opens(fs, parent, name, size == 0) ||
	    node_is_written(fs->nodes, n))
		return truncate_in_place(fs, n, by, size);
	if (has_size(fs, parent, name, &key, size))
		return FILE_UNCHANGED;
	if (!redirect_can(by->tid))
		return truncate_by_fd(fs, n, by, size);
	old = redirect_take(fs->redirects, by->tid);
	if (old) {
		bool again = old->node == n->id;

		redirect_end(fs->redirects, old);
		/* No LOOKUP came between. */
		if (again)
			return truncate_by_fd(fs, n, by, size);
	}
	return entry_send_back(fs, n, by->tid, O_WRONLY | (size ? 0 : O_TRUNC));
}

static int truncate_node(struct fs *fs, struct node *n, const struct caller *by,
			 off_t size)
{
	auto_version *v = node_version(fs->nodes, n);
	struct redirect *r;
	int code;

	if (n->dir)
		return -EISDIR;
	if (!v)
		return redirect_truncate(fs, n, by, size);
	r = redirect_take(fs->redirects, by->tid);
	code = truncate_version(fs, v, by, size);
	if (r)
		redirect_end(fs->redirects, r);
	return code == -ESTALE ? redirect_truncate(fs, n, by, size) : code;
}

int file_truncate(struct request *q, struct node *n, struct handle *h,
		  off_t size)
{
	if (h && handle_can_write(h))
		return truncate_handle(q->fs, h, &q->by, size);
	return truncate_node(q->fs, n, &q->by, size);
}
