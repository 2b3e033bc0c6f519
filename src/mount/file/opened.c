/* SPDX-License-Identifier: MIT */
#include "mount/file/opened.h"

#include <fcntl.h>

#include "base/util.h"
#include "core/digest/stream.h"
#include "core/tree/tree.h"
#include "core/version/shown.h"
#include "mount/entry/entry.h"
#include "mount/entry/redirect.h"
#include "mount/file/locking.h"
#include "mount/kernel/channel.h"
#include "mount/kernel/loop.h"
#include "mount/kernel/passthrough.h"
#include "mount/node/handle.h"

static struct handle *new_handle(struct fs *fs, struct node *n,
				 const struct caller *by, int flags)
{
	struct handle *h = handle_new(node_get(fs->nodes, n->id), by, flags);

	if (!h)
		node_put(fs->nodes, n);
	return h;
}

/* A write clears set-id bits; one that passes through would not. */
static bool has_set_id(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 || (st.st_mode & (S_ISUID | S_ISGID));
}

/*
 * A writable mapping of a file that passes through does not keep the FUSE file
 * open, nor the version.  Only an open for reading and writing can have such a
 * mapping, so that one goes through us.
 */
static bool may_pass(struct fs *fs, const struct handle *h, int fd)
{
	if (fd < 0 || h->apart)
		return false;
	if (!h->version)
		return !handle_can_write(h) || !has_set_id(fd);
	if (!h->writing)
		return true;
	return (h->flags & O_ACCMODE) != O_RDWR && !has_set_id(fd) &&
	       passthrough_has_room(fs->pass, h->version);
}

/* The backing id for @h, if it is the first handle of its node; or 0. */
static int backing_of(struct fs *fs, const struct handle *h)
{
	int fd = h->version ? version_temp_fd(h->version) : h->fd;

	if (!passthrough_is_on(fs->pass) || !may_pass(fs, h, fd) ||
	    !node_is_first_handle(fs->nodes, h->node))
		return 0;
	return passthrough_open(fs->pass, fd, &h->by);
}

static void enter_node(struct fs *fs, struct handle *h,
		       struct fuse_file_info *fi)
{
	int spare = node_add_handle(fs->nodes, h->node, h, backing_of(fs, h));

	passthrough_close(fs->pass, spare);
	if (!h->backing_id)
		return;
	fi->keep_cache = 0;
	channel_pass_to(fi, h->backing_id);
	if (h->writing) {
		stream_broken(version_stream(h->version));
		version_note_unseen(h->version);
	}
	if (h->writing && (h->flags & O_ACCMODE) == O_RDWR)
		version_note_mappable(h->version);
}

void opened_leave(struct fs *fs, struct handle *h)
{
	int id = node_remove_handle(fs->nodes, h->node, h);

	passthrough_close(fs->pass, id);
}

void opened_publish(struct fs *fs, struct handle *h, struct fuse_file_info *fi)
{
	enter_node(fs, h, fi);
	fi->fh = (uintptr_t)h;
	/* FLUSH also judges a version that O_CREAT | O_RDONLY made. */
	fi->noflush = !h->writing && !handle_can_write(h) &&
		      !locking_any(fs, h);
}

/* The backing id must not go into this thread's next reply. */
void opened_unpublish(struct fs *fs, struct handle *h,
		      struct fuse_file_info *fi)
{
	channel_pass_to(fi, 0);
	opened_leave(fs, h);
	if (h->writing && version_seal(&h->w))
		version_settle(h->version);
	node_drop_handle(fs->nodes, h);
}

/* What is opened */

int opened_may(struct version *v, const struct file_key *judged,
	       const struct caller *by, int flags)
{
	struct version_facts facts = version_facts(v);

	if (!redirect_can(by->tid) && facts.replaces &&
	    file_key_equal(&facts.base, judged))
		return 0;
	return access_open(version_fd_for_read(v), by, flags);
}

int opened_version(struct fs *fs, struct node *n, struct version *v,
		   const struct caller *by, int flags, struct handle **ret)
{
	struct handle *h = new_handle(fs, n, by, flags);
	int r;

	if (!h)
		return -ENOMEM;
	h->version = version_get(v);
	r = entry_is_write(flags) ? version_open(v, by, flags, &h->w)
				  : version_note_reader(v);
	if (r < 0) {
		node_drop_handle(fs->nodes, h);
		return r;
	}
	h->writing = entry_is_write(flags);
	/* The kernel asks for it with O_TRUNC only, so there is a temp. */
	if (loop_kills_priv())
		attr_kill_priv(version_fd_for_read(v), loop_kills_priv());
	*ret = h;
	return 0;
}

int opened_fd(struct fs *fs, struct node *n, int fd, const struct caller *by,
	      int flags, struct handle **ret)
{
	struct handle *h = new_handle(fs, n, by, flags);

	if (!h) {
		close_fd(fd);
		return -ENOMEM;
	}
	h->fd = fd;
	*ret = h;
	return 0;
}
