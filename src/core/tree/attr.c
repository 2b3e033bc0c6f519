/* SPDX-License-Identifier: MIT */
/*
 * attr: attributes and extended attributes, by any descriptor: the last part
 * of tree.h.  An O_PATH descriptor takes no fchmod() or fsetxattr(), so all go
 * through /proc/self/fd, which leads to the very inode.
 */
#include <fcntl.h>
#include <linux/xattr.h>
#include <stdio.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/changes/note.h"
#include "core/temp/filesystems.h"
#include "core/tree/tree.h"
#include "core/version/names.h"

struct proc_path {
	char s[32];
};

static struct proc_path proc_path(int fd)
{
	struct proc_path p;

	snprintf(p.s, sizeof(p.s), "/proc/self/fd/%d", fd);
	return p;
}

/*
 * What changes neither may come of a write, whose maker need not be the owner.
 */
static int change_owner(int fd, const struct attr_change *c)
{
	auto_access as = { 0 };
	int r = 0;

	if (c->by && (c->set_uid || c->set_gid))
		r = access_change(&as, c->by, c->set_gid ? c->gid : c->by->gid);
	return r < 0 ? r
		     : sys.fchownat(fd, "", c->set_uid ? c->uid : (uid_t)-1,
				    c->set_gid ? c->gid : (gid_t)-1,
				    AT_EMPTY_PATH);
}

/* The filesystem judges @by as the owner; with the group that @fd has now. */
static int begin_change(struct access *as, const struct caller *by, int fd)
{
	struct stat st;

	if (!by || by->uid == 0)
		return 0;
	if (fstat(fd, &st) < 0)
		return -errno;
	return access_change(
		as, by, access_in_group(by, st.st_gid) ? st.st_gid : by->gid);
}

static int change_mode(int fd, const struct attr_change *c)
{
	auto_access as = { 0 };
	int r = c->mode & (S_ISUID | S_ISGID) ? begin_change(&as, c->by, fd)
					      : 0;

	return r < 0 ? r : sys.chmod(proc_path(fd).s, c->mode & 07777);
}

int attr_change_fd(int fd, const struct attr_change *c)
{
	int r = 0;

	/* Owner before mode: chown clears set-id bits. */
	if (c->set_uid || c->set_gid || c->touch)
		r = change_owner(fd, c);
	if (!r && c->set_mode)
		r = change_mode(fd, c);
	if (!r && c->set_times)
		r = sys.utimensat(fd, "", c->times, AT_EMPTY_PATH);
	return r;
}

int tree_change_dir(struct versions *t, struct dir *dir,
		    const struct attr_change *c)
{
	auto_pin pin = { 0 };
	int r;

	versions_wait_dir(t, dir);
	/* A promotion puts back the times that it found. */
	LOCK_SCOPE(&t->names);
	r = dir_pin(dir, &pin);
	if (!r)
		r = attr_change_fd(pin.fd, c);
	dir_forget_traits(dir);
	return r;
}

mode_t attr_harmless(mode_t mode)
{
	return mode & ~(mode_t)(S_ISUID | S_ISGID);
}

mode_t attr_written(mode_t mode)
{
	/* What the group cannot execute has S_ISGID for something else. */
	return mode & S_IXGRP ? attr_harmless(mode) : mode & ~(mode_t)S_ISUID;
}

/* As Linux's setattr_should_drop_suidgid(). */
int attr_kill_priv(int fd, const struct caller *by)
{
	struct stat st;
	mode_t mode;
	int r = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	mode = attr_written(st.st_mode & 07777);
	if ((mode & S_ISGID) && !access_in_group(by, st.st_gid))
		mode &= ~(mode_t)S_ISGID;
	if (mode != (st.st_mode & 07777))
		r = sys.chmod(proc_path(fd).s, mode);
	if (!r)
		r = sys.removexattr(proc_path(fd).s, XATTR_NAME_CAPS);
	/* Without privilege, the kernel has done it when the daemon wrote. */
	return r == -ENODATA || r == -EOPNOTSUPP || r == -EPERM ? 0 : r;
}

/* An ACL changes the mode, and takes S_ISGID from who is not in the group. */
static bool is_acl(const char *name)
{
	return !strcmp(name, XATTR_NAME_POSIX_ACL_ACCESS) ||
	       !strcmp(name, XATTR_NAME_POSIX_ACL_DEFAULT);
}

/* An ACL may let others execute what they could not: then the bits matter. */
static int make_harmless(int fd)
{
	struct stat st;
	mode_t mode;

	if (fstat(fd, &st) < 0)
		return -errno;
	mode = attr_harmless(st.st_mode & 07777);
	return mode == (st.st_mode & 07777) ? 0
					    : sys.chmod(proc_path(fd).s, mode);
}

int xattr_change_fd(int fd, const struct xattr_change *c)
{
	auto_access as = { 0 };
	int r;

	if (c->harmless && c->value && !strcmp(c->name, XATTR_NAME_CAPS))
		return 0;
	r = is_acl(c->name) ? begin_change(&as, c->by, fd)
			    : access_begin(&as, c->by);
	if (!r && c->harmless && is_acl(c->name))
		r = make_harmless(fd);
	if (r < 0)
		return r;
	return c->value ? sys.setxattr(proc_path(fd).s, c->name, c->value,
				       c->size, c->flags)
			: sys.removexattr(proc_path(fd).s, c->name);
}

static int change_base(struct version *v, const struct attr_change *c)
{
	struct change_times times;
	auto_free char *name = NULL;
	struct dir *dir = NULL;
	int fd = version_fd_for_read(v), r;

	change_times_begin(fd, &times);
	r = attr_change_fd(fd, c);
	if (!version_place(v, &dir, &name))
		change_times_end(v->table, dir, name, fd, &times);
	dir_put(dir);
	return r;
}

int tree_change_version(struct version *v, const struct attr_change *c)
{
	int r = version_fill(v);

	if (r < 0)
		return r;
	LOCK_SCOPE(&v->table->names);
	return atomic_load(&v->fd) < 0 ? change_base(v, c)
				       : attr_change_fd(v->fd, c);
}

/*
 * Does who is shown @v see the committed file @key?  An update that has written
 * nothing shows what it came from, which may have been replaced since.
 */
static bool shows_committed(const struct version *v, const struct file_key *key)
{
	return !v || (atomic_load(&v->fd) < 0 && atomic_load(&v->tail) < 0 &&
		      v->replaces && file_key_equal(&v->base_key, key));
}

/* *ret_owner: whose it was before. */
static int change_committed(struct versions *t, struct dir *dir,
			    const char *name, const struct file_key *key,
			    const struct tree_change *c, uid_t *ret_owner)
{
	const void *arg = shows_committed(c->shown, key) ? c->arg : c->harmless;
	struct change_times times;
	struct stat st;
	auto_fd fd = -1;
	int r = dir_open_file(dir, name, O_PATH, key, &fd);

	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return -errno;
	change_times_begin(fd, &times);
	r = c->apply(fd, arg);
	change_times_end(t, dir, name, fd, &times);
	if (!r)
		*ret_owner = st.st_uid;
	return r;
}

static bool is_of(int fd, uid_t owner)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == owner;
}

/*
 * Those that have no copy yet take it from the committed file later.  Others
 * may have a new file of their own pending there, which is no business of those
 * who may change the committed one.
 */
static void change_pending_locked(struct versions *t, struct dir *dir,
				  const char *name, uid_t owner,
				  const struct tree_change *c)
{
	struct vnames *n = vnames_find_locked(t, dir, name);

	for (struct vname *vn = n ? n->newest : NULL; vn; vn = vn->older) {
		struct version *v = vn->version;
		bool own = v == c->shown && version_is_of_locked(v, c->by);
		int fd = atomic_load(&v->fd);

		if (fd < 0)
			fd = atomic_load(&v->tail);
		if (fd >= 0 && !is_of(fd, owner))
			continue;
		atomic_store(&v->changed, true);
		if (fd >= 0)
			c->apply(fd, own ? c->arg : c->harmless);
	}
}

int tree_change_both(struct versions *t, struct dir *dir, const char *name,
		     const struct file_key *key, const struct tree_change *c)
{
	uid_t owner;
	int r;

	LOCK_SCOPE(&t->names);
	r = change_committed(t, dir, name, key, c, &owner);
	if (r < 0)
		return r;
	if (atomic_load(&dir->pending)) {
		LOCK_SCOPE(&t->lock);
		change_pending_locked(t, dir, name, owner, c);
	}
	versions_note_change(t);
	inner_note(t, dir);
	return 0;
}
