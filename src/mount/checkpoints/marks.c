/* SPDX-License-Identifier: MIT */
/*
 * marks: the directories of marks, and the name .checkpoints.
 */
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/flush/flush.h"
#include "core/tree/tree.h"
#include "core/version/pending.h"
#include "idemfs/format.h"
#include "mount/checkpoints/checkpoints.h"
#include "mount/checkpoints/control_names.h"
#include "mount/checkpoints/files.h"
#include "mount/checkpoints/groups.h"
#include "mount/checkpoints/hidden.h"
#include "mount/checkpoints/inflight.h"
#include "mount/checkpoints/making.h"
#include "mount/checkpoints/opening.h"
#include "mount/metadata/metadata.h"
#include "mount/name/listing.h"
#include "mount/name/name.h"
#include "mount/node/handle.h"

/* Finding */

static int stat_node(struct fs *fs, struct node *n, struct stat *ret)
{
	if (n->dir)
		return groups_stat(fs, n->dir, ret);
	if (n->kind == NODE_MARK)
		return mark_file_stat(fs, n, ret);
	control_stat(fs, n, ret);
	return 0;
}

/* Takes the reference @n, which may be NULL. */
static int entry_of_node(struct fs *fs, struct node *n, struct entry *ret)
{
	int r = n ? stat_node(fs, n, &ret->st) : -ENOMEM;

	if (r < 0)
		node_put(fs->nodes, n);
	else
		ret->node = n;
	return r;
}

static int entry_of_control(struct fs *fs, enum control control,
			    struct entry *ret)
{
	if (control == CONTROL_INFLIGHT)
		return inflight_top(fs, ret);
	return entry_of_node(fs,
			     node_for_control(fs->nodes,
					      control == CONTROL_STEP
						      ? NODE_STEP
						      : NODE_CONTROL,
					      control),
			     ret);
}

/* A mark or a group. */
static int entry_of_mark(struct fs *fs, struct dir *dir, const char *name,
			 struct entry *ret)
{
	auto_dir *sub = NULL;
	struct file_key key;
	struct statx st;
	int r = dir_statx(dir, name, &st);

	if (r < 0)
		return r;
	key = statx_key(&st);
	if (S_ISDIR(st.stx_mode)) {
		sub = dir_intern(dir, name, &key);
		return entry_of_node(
			fs, sub ? node_for_dir(fs->nodes, sub) : NULL, ret);
	}
	if (hidden_is(fs, dir, name, st.stx_ino))
		return -ENOENT;
	return entry_of_node(
		fs, node_for_file(fs->nodes, &key, st.stx_mode, dir, name),
		ret);
}

static int find(struct fs *fs, struct dir *dir, const char *name,
		struct entry *ret)
{
	enum control control = control_of(dir, name);

	*ret = (struct entry){ 0 };
	return control ? entry_of_control(fs, control, ret)
		       : entry_of_mark(fs, dir, name, ret);
}

static int lookup(struct request *q, struct node *in, const char *name,
		  struct entry *ret)
{
	return find(q->fs, groups_place(q->fs, in->dir, name), name, ret);
}

static int getattr(struct request *q, struct node *n, struct handle *h,
		   struct stat *ret, double *ret_timeout)
{
	(void)h;
	(void)ret_timeout;
	return groups_stat(q->fs, n->dir, ret);
}

static bool hides(void *arg, struct dir *dir, const char *name, ino_t ino)
{
	return hidden_is(arg, dir, name, ino);
}

static int list_marks(struct request *q, struct handle *h)
{
	struct fs *fs = q->fs;
	struct dir *dir = h->node->dir;
	struct listing_filter filter = { hides, fs };

	if (dir == backing_marks(fs->backing))
		dir = groups_listed(fs);
	return listing_read(fs, h, dir, &filter);
}

/* Making */

static int make_group(struct request *q, struct node *in, const char *name,
		      mode_t mode)
{
	struct dir *dir = groups_place(q->fs, in->dir, name);
	int r;

	/* Dot names among the marks are idemfs' own. */
	if (name[0] == '.')
		return -EPERM;
	r = hidden_clear(q->fs, dir, name);
	return r < 0 ? r : tree_mkdir(q->fs->versions, dir, name, mode, &q->by);
}

static bool mark_exists(struct dir *dir, const char *name)
{
	struct statx st;

	return !dir_statx(dir, name, &st);
}

static int make_and_find(struct request *q, struct dir *dir, const char *name,
			 mode_t mode, bool excl, struct entry *ret)
{
	int r = hidden_clear(q->fs, dir, name);

	if (!r && excl && mark_exists(dir, name))
		r = -EEXIST;
	if (!r)
		r = making_new(q, &(struct checkpoint){
					  .dir = dir,
					  .name = name,
					  .mode = mode,
				  });
	return r < 0 ? r : find(q->fs, dir, name, ret);
}

static int create(struct request *q, struct node *in, const char *name,
		  mode_t mode, struct fuse_file_info *fi, struct entry *ret,
		  struct handle **ret_handle)
{
	struct dir *dir = groups_place(q->fs, in->dir, name);
	struct entry f = { 0 };
	struct handle *h;
	int r = make_and_find(q, dir, name, mode, fi->flags & O_EXCL, &f);

	if (r < 0)
		return r;
	h = opening_new(q, f.node, fi->flags);
	if (!h) {
		node_put(q->fs->nodes, f.node);
		return -ENOMEM;
	}
	opening_publish(q->fs, h, fi);
	*ret = f;
	*ret_handle = h;
	return 0;
}

/* Removing, renaming */

static int remove_mark(struct request *q, struct node *in, const char *name)
{
	struct fs *fs = q->fs;
	struct dir *dir = groups_place(fs, in->dir, name);
	int r = control_of(dir, name)
			? -EPERM
			: checkpoint_remove(fs->versions, dir, name);

	if (!r)
		stale_tidy(fs->stale);
	return r;
}

static int remove_group(struct request *q, struct node *in, const char *name)
{
	struct fs *fs = q->fs;
	struct dir *dir = groups_place(fs, in->dir, name);
	int r = control_of(dir, name) ? -EPERM : 0;

	if (!r && groups_is_run(fs, dir, name))
		r = -EBUSY;
	if (!r)
		r = hidden_clear_group(fs, dir, name);
	return r ? r : tree_rmdir(fs->versions, dir, name, &q->by);
}

static int may_rename(struct fs *fs, struct dir *dir, const char *name)
{
	if (control_of(dir, name))
		return -EPERM;
	return groups_is_run(fs, dir, name) ? -EBUSY : 0;
}

static int rename_in(struct request *q, struct dir *dir, const char *name,
		     struct dir *to, const char *to_name, unsigned int flags)
{
	auto_dir *moved = NULL;
	struct file_key key;
	struct statx st;
	int r = dir_statx(dir, name, &st);

	if (!r && !(flags & RENAME_EXCHANGE))
		r = hidden_clear(q->fs, to, to_name);
	if (r < 0)
		return r;
	key = statx_key(&st);
	moved = dir_find(dir->backing, &key);
	r = making_rename(q, dir, name, to, to_name, flags);
	if (!r && moved)
		dir_moved(moved, to, to_name);
	if (!r)
		stale_tidy(q->fs->stale);
	return r;
}

static int rename_mark(struct request *q, struct node *in, const char *name,
		       struct node *to_in, const char *to_name,
		       unsigned int flags)
{
	struct fs *fs = q->fs;
	struct dir *dir = groups_place(fs, in->dir, name);
	struct dir *to = groups_place(fs, to_in->dir, to_name);
	int r = may_rename(fs, dir, name);

	if (r == -EPERM || control_of(to, to_name))
		return -EPERM;
	if (!r)
		r = may_rename(fs, to, to_name);
	if (!r)
		r = rename_in(q, dir, name, to, to_name, flags);
	if (r < 0)
		return r;
	name_moved(fs, to, to_name);
	if (flags & RENAME_EXCHANGE)
		name_moved(fs, dir, name);
	return 0;
}

/* Reads the committed file at @name, when it can be a note. */
static int read_note(struct dir *dir, const char *name, uid_t uid,
		     char **ret_text, size_t *ret_size)
{
	struct file_key key;
	struct statx st;
	auto_fd fd = -1;
	int r = dir_statx(dir, name, &st);

	/*
	 * mv(1) copies then, and says what it cannot.  A rename needs no right
	 * to read the file, but this does.
	 */
	if (r == -ENOENT || (!r && !S_ISREG(st.stx_mode)) ||
	    (!r && uid != 0 && uid != st.stx_uid))
		return -EXDEV;
	/* That file, not one that has come to its name since. */
	if (!r) {
		key = statx_key(&st);
		r = dir_open_file(dir, name, O_RDONLY, &key, &fd);
	}
	if (!r)
		r = sys_read_fd(fd, IDEMFS_NOTE_MAX, ret_text, ret_size);
	return r == -EFBIG ? -EXDEV : r;
}

static int may_adopt(struct dir *to, const char *to_name, unsigned int flags)
{
	if (flags & ~(unsigned int)RENAME_NOREPLACE)
		return -EINVAL;
	return flags && mark_exists(to, to_name) ? -EEXIST : 0;
}

/* A file of the tree becomes a mark, its content the note (mktemp, then mv). */
static int adopt(struct request *q, struct node *in, const char *name,
		 struct node *to_in, const char *to_name, unsigned int flags)
{
	struct fs *fs = q->fs;
	struct dir *to = groups_place(fs, to_in->dir, to_name);
	auto_free char *note = NULL, *going = dir_path(in->dir, name);
	struct checkpoint c = { .dir = to, .name = to_name, .mode = 0666 };
	int r = going ? hidden_clear(fs, to, to_name) : -ENOMEM;

	if (!r)
		r = may_adopt(to, to_name, flags);
	if (!r)
		r = read_note(in->dir, name, q->by.uid, &note, &c.note_size);
	c.note = note;
	c.going = going;
	if (!r)
		r = making_new(q, &c);
	if (!r)
		r = tree_unlink(fs->versions, in->dir, name, &q->by);
	if (!r)
		name_moved(fs, to, to_name);
	return r;
}

static int fsync_marks(struct request *q, struct handle *h)
{
	return versions_sync_dir(q->fs->versions, h->node->dir);
}

const struct node_ops marks_ops = {
	.refusal = -EPERM,
	.xattr_refusal = -EOPNOTSUPP,
	.lookup = lookup,
	.mkdir = make_group,
	.unlink = remove_mark,
	.rmdir = remove_group,
	.rename = rename_mark,
	.adopt = adopt,
	.create = create,
	.getattr = getattr,
	.setattr = metadata_setattr,
	.unopen = opening_undo,
	.list = list_marks,
	.fsyncdir = fsync_marks,
};

/* The name .checkpoints in the root */

static int lookup_top(struct request *q, struct node *in, const char *name,
		      struct entry *ret)
{
	struct fs *fs = q->fs;

	(void)in;
	(void)name;
	*ret = (struct entry){ 0 };
	return entry_of_node(
		fs, node_for_dir(fs->nodes, backing_marks(fs->backing)), ret);
}

static int unlink_top(struct request *q, struct node *in, const char *name)
{
	(void)q;
	(void)in;
	(void)name;
	return -EISDIR;
}

/*
 * It always exists.  But when it is empty of marks, it counts as removed, so
 * that `rm -rf .checkpoints`, a fresh start, does not fail.
 */
static int rmdir_top(struct request *q, struct node *in, const char *name)
{
	(void)in;
	(void)name;
	return hidden_leaves_any(q->fs, groups_listed(q->fs)) ? -ENOTEMPTY : 0;
}

static int rename_top(struct request *q, struct node *in, const char *name,
		      struct node *to, const char *to_name, unsigned int flags)
{
	(void)q;
	(void)in;
	(void)name;
	(void)to;
	(void)to_name;
	(void)flags;
	return -EBUSY;
}

const struct node_ops checkpoints_name_ops = {
	.refusal = -EEXIST,
	.lookup = lookup_top,
	.unlink = unlink_top,
	.rmdir = rmdir_top,
	.rename = rename_top,
};

int checkpoints_start(struct fs *fs)
{
	return groups_start(fs);
}
