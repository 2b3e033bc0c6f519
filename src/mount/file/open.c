/* SPDX-License-Identifier: MIT */
/*
 * open: what OPEN leads to.
 */
#include <fcntl.h>

#include "base/util.h"
#include "core/tree/tree.h"
#include "core/version/authors.h"
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

/* Pending versions */

/* The number that the file will have when it is committed. */
static void key_by_temp(struct fs *fs, struct node *n, struct version *v)
{
	int fd = version_temp_fd(v);
	struct file_key key;
	struct statx st;

	if (fd < 0 || fd_statx(fd, &st) < 0)
		return;
	key = statx_key(&st);
	node_set_key(fs->nodes, n, &key);
}

/* OPEN of the node of a pending version: 0, or -ESTALE when it is settled. */
static int open_pending(struct request *q, struct node *n, struct version *v,
			struct fuse_file_info *fi, struct handle **ret)
{
	struct fs *fs = q->fs;
	struct redirect *r = redirect_take(fs->redirects, q->by.tid);
	int code = -ESTALE;

	/* What was reserved for another open may not suit this one. */
	if (!r ||
	    redirect_is_of(r, entry_is_write(fi->flags), fi->flags & O_TRUNC))
		code = opened_version(fs, n, v, &q->by, fi->flags, ret);
	if (r)
		redirect_end(fs->redirects, r);
	if (code < 0)
		return code;
	/* The LOOKUP was for this open, not for what the caller sets next. */
	node_take_path(fs->nodes, n, q->by.tid);
	if ((*ret)->writing)
		key_by_temp(fs, n, v);
	/* Whatever is cached came through this node. */
	fi->keep_cache = 1;
	opened_publish(fs, *ret, fi);
	return 0;
}

/* Committed files */

/* Takes @fd. */
static int open_fd(struct request *q, struct node *n, int fd,
		   struct fuse_file_info *fi, struct handle **ret)
{
	struct stat st;
	int r = opened_fd(q->fs, n, fd, &q->by, fi->flags, ret);

	if (r < 0)
		return r;
	if (!fstat(fd, &st))
		fi->keep_cache = node_cache_holds(q->fs->nodes, n, &st);
	opened_publish(q->fs, *ret, fi);
	return 0;
}

/* Its reads and writes go past the page cache of its node (handle.h). */
static void publish_apart(struct request *q, struct handle *h,
			  struct fuse_file_info *fi)
{
	h->apart = true;
	fi->direct_io = 1;
	opened_publish(q->fs, h, fi);
}

/*
 * Opens what has the name of @n by now, past the page cache, which is @n's.
 * For a caller that was sent back already and found the file replaced once
 * more, or that cannot be sent back.
 */
static int open_newest(struct request *q, struct node *n,
		       struct fuse_file_info *fi, struct handle **ret)
{
	struct fs *fs = q->fs;
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	auto_fd fd = -1;
	int r = place_find(fs, n, &dir, &name, &key);

	if (!r)
		r = versions_open_file(fs->versions, dir, name, O_RDONLY, NULL,
				       &fd);
	if (!r)
		r = access_open(fd, &q->by, fi->flags);
	if (!r)
		r = opened_fd(fs, n, steal_fd(&fd), &q->by, fi->flags, ret);
	if (r < 0)
		return r == -ESTALE ? -ENOENT : r;
	publish_apart(q, *ret, fi);
	return 0;
}

static int open_for_reading(struct request *q, struct node *n,
			    struct fuse_file_info *fi, struct handle **ret)
{
	struct fs *fs = q->fs;
	pid_t tid = q->by.tid;
	struct redirect *r = redirect_take(fs->redirects, tid);
	bool last = !redirect_can(tid) ||
		    (r && redirect_is_of(r, false, false));
	int fd = -1, code = 0;

	if (r && r->fd >= 0 && r->target == n->id)
		fd = steal_fd(&r->fd);
	if (r)
		redirect_end(fs->redirects, r);
	if (fd < 0)
		code = place_open(fs, n, fi->flags & OPENED_FLAGS, &fd);
	/* Replaced since the LOOKUP: the caller looks again, once. */
	if (code == -ESTALE)
		return last ? open_newest(q, n, fi, ret)
			    : entry_send_back(fs, n, tid, fi->flags);
	return code < 0 ? code : open_fd(q, n, fd, fi, ret);
}

static int open_in_place(struct request *q, struct node *n,
			 struct fuse_file_info *fi, struct handle **ret)
{
	int fd, r = place_open(q->fs, n, fi->flags & OPENED_FLAGS, &fd);

	if (!r)
		in_place_note(q->fs, n, &q->by);
	if (!r && loop_kills_priv())
		attr_kill_priv(fd, loop_kills_priv());
	return r < 0 ? r : open_fd(q, n, fd, fi, ret);
}

/*
 * A reopen by descriptor (/proc/self/fd/N) of a committed file, or an open by a
 * caller that cannot be sent back.  No LOOKUP leads anywhere else, so the
 * handle is on the file's own node.  It goes past the page cache there, which
 * belongs to the committed version; also when a newer one has replaced that,
 * from which the next version begins.
 */
static int open_by_fd(struct request *q, struct node *n, struct dir *dir,
		      const char *name, const struct file_key *key,
		      struct fuse_file_info *fi, struct handle **ret)
{
	struct fs *fs = q->fs;
	auto_version *v = NULL;
	int r = entry_reserve(fs, dir, name, q->by.tid, fi->flags & O_TRUNC,
			      &v);

	/* Unlinked: no other open can come to it, so it is written in place. */
	if (r == -ENOENT || r == -ESTALE || r == VERSION_IN_PLACE)
		return open_in_place(q, n, fi, ret);
	if (r < 0)
		return r;
	r = opened_may(v, key, &q->by, fi->flags);
	/* The caller might map the committed file, and write to it. */
	if (!r && (fi->flags & O_ACCMODE) == O_RDWR &&
	    node_passes(fs->nodes, n))
		r = -ETXTBSY;
	if (!r)
		r = opened_version(fs, n, v, &q->by, fi->flags, ret);
	version_unhold(v);
	if (r < 0)
		return r;
	cache_forget_name(fs, dir, name);
	publish_apart(q, *ret, fi);
	return 0;
}

/*
 * overlayfs opens a file that it has found long ago, walks no path again, and
 * goes on with the inode that it knows: so the file is written in place.
 * overlayfs asks for O_NOATIME (fs/overlayfs/file.c, OVL_OPEN_FLAGS), as hardly
 * any program does that writes.
 */
static bool is_overlays(int flags)
{
	return flags & O_NOATIME;
}

static int open_for_writing(struct request *q, struct node *n,
			    struct fuse_file_info *fi, struct handle **ret)
{
	struct fs *fs = q->fs;
	pid_t tid = q->by.tid;
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	struct redirect *r;
	bool again;
	int code = place_find(fs, n, &dir, &name, &key);

	if (code < 0)
		return code;
	r = redirect_take(fs->redirects, tid);
	again = r && r->node == n->id &&
		redirect_is_of(r, true, fi->flags & O_TRUNC);
	if (r)
		redirect_end(fs->redirects, r);
	if (is_overlays(fi->flags) ||
	    in_place_opens(fs, dir, name, fi->flags & O_TRUNC))
		return open_in_place(q, n, fi, ret);
	if (!again && redirect_can(tid))
		return entry_send_back(fs, n, tid, fi->flags);
	return place_leads_to(fs, n, dir, name, &key)
		       ? open_by_fd(q, n, dir, name, &key, fi, ret)
		       : open_in_place(q, n, fi, ret);
}

/*
 * For a moment a path leads a caller to @v that does not write it.  The kernel
 * makes the dentry of a new file (d_instantiate() in fuse_create_open()) while
 * it still trusts the reply that the name is absent, and a walk in between asks
 * us nothing.  Such a caller is sent back.  If it was sent back, found nothing,
 * and comes again, there is no file: -ENOENT.  A caller that opens a descriptor
 * (/proc/PID/fd/N) comes back at once, and may have the version: 0.
 */
static int turn_away(struct fs *fs, struct node *n, struct version *v,
		     pid_t tid, int flags)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct redirect *r;
	bool missed;

	if (version_is_seen(v, tid) || !redirect_can(tid))
		return 0;
	r = redirect_take(fs->redirects, tid);
	if (r && (r->node == n->id || r->version == v)) {
		redirect_put(fs->redirects, r);
		return 0;
	}
	missed = r && r->missed;
	if (r)
		redirect_end(fs->redirects, r);
	if (missed)
		return -ENOENT;
	/*
	 * A version without a name cannot be looked up.  The node of a new file
	 * has no place until a LOOKUP has found it, but its version has.
	 */
	return version_first_name(v, &dir, &name) < 0
		       ? 0
		       : entry_send_back_to(fs, n, dir, name, tid, flags);
}

/* A session may read what another one is writing. */
static void note_reading(struct request *q, struct node *n, struct version *v)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct file_key key;

	if (q->by.session && !(v ? version_first_name(v, &dir, &name)
				 : place_find(q->fs, n, &dir, &name, &key)))
		versions_note_reading(q->fs->versions, dir, name,
				      q->by.session);
}

int file_open(struct request *q, struct node *n, struct fuse_file_info *fi,
	      struct handle **ret)
{
	auto_version *v = NULL;
	int r;

	if (n->dir)
		return -EISDIR;
	v = node_version(q->fs->nodes, n);
	if (!entry_is_write(fi->flags))
		note_reading(q, n, v);
	if (v && !entry_is_write(fi->flags))
		version_wait_settled(v);
	if (v && !version_is_settled(v)) {
		r = turn_away(q->fs, n, v, q->by.tid, fi->flags);
		if (r < 0)
			return r;
		r = open_pending(q, n, v, fi, ret);
		if (r != -ESTALE)
			return r;
	}
	return entry_is_write(fi->flags) ? open_for_writing(q, n, fi, ret)
					 : open_for_reading(q, n, fi, ret);
}

void file_unopen(struct request *q, struct handle *h, struct fuse_file_info *fi)
{
	opened_unpublish(q->fs, h, fi);
}
