/* SPDX-License-Identifier: MIT */
/*
 * attr: attributes and extended attributes, by any descriptor: the last part
 * of tree.h.  An O_PATH descriptor takes no fchmod() or fsetxattr(), so all go
 * through /proc/self/fd, which leads to the very inode.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/change.h"
#include "core/inner.h"
#include "core/tree.h"
#include "core/vname.h"

struct proc_path {
	char s[32];
};

static struct proc_path proc_path(int fd)
{
	struct proc_path p;

	snprintf(p.s, sizeof(p.s), "/proc/self/fd/%d", fd);
	return p;
}

int attr_change_fd(int fd, const struct attr_change *c)
{
	int r = 0;

	/* Owner before mode: chown clears set-id bits. */
	if (c->set_uid || c->set_gid || c->touch)
		r = sys.fchownat(fd, "", c->set_uid ? c->uid : (uid_t)-1,
				 c->set_gid ? c->gid : (gid_t)-1,
				 AT_EMPTY_PATH);
	if (!r && c->set_mode)
		r = sys.chmod(proc_path(fd).s, c->mode & 07777);
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

/* Is @gid one of the numbers of @list? */
static bool has_group(const char *list, gid_t gid)
{
	char *end;

	for (;; list = end) {
		unsigned long one = strtoul(list, &end, 10);

		if (end == list)
			return false;
		if (one == gid)
			return true;
	}
}

/* Is he in group @gid?  Who cannot be seen is not. */
static bool is_member(const struct caller *by, gid_t gid)
{
	auto_free char *line = NULL;
	auto_file *f = NULL;
	size_t room = 0;
	char path[32];

	if (by->gid == gid)
		return true;
	snprintf(path, sizeof(path), "/proc/%d/status", by->tid);
	f = by->tid ? fopen(path, "re") : NULL;
	while (f && getline(&line, &room, f) > 0)
		if (!strncmp(line, "Groups:", strlen("Groups:")))
			return has_group(line + strlen("Groups:"), gid);
	return false;
}

/* As Linux's setattr_should_drop_suidgid(). */
int attr_kill_priv(int fd, const struct caller *by)
{
	struct stat st;
	mode_t mode;
	int r = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	mode = st.st_mode & 07777 & ~(mode_t)S_ISUID;
	if ((mode & S_ISGID) && ((mode & S_IXGRP) || !is_member(by, st.st_gid)))
		mode &= ~(mode_t)S_ISGID;
	if (mode != (st.st_mode & 07777))
		r = sys.chmod(proc_path(fd).s, mode);
	if (!r)
		r = xattr_remove_fd(fd, "security.capability");
	/* Without privilege, the kernel has done it when the daemon wrote. */
	return r == -ENODATA || r == -EOPNOTSUPP || r == -EPERM ? 0 : r;
}

int xattr_set_fd(int fd, const char *name, const void *value, size_t size,
		 int flags)
{
	return sys.setxattr(proc_path(fd).s, name, value, size, flags);
}

int xattr_remove_fd(int fd, const char *name)
{
	return sys.removexattr(proc_path(fd).s, name);
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

/* *ret_owner: whose it was before. */
static int change_committed(struct versions *t, struct dir *dir,
			    const char *name, const struct file_key *key,
			    int (*change)(int fd, const void *arg),
			    const void *arg, uid_t *ret_owner)
{
	struct change_times times;
	struct stat st;
	auto_fd fd = -1;
	int r = dir_open_file(dir, name, O_PATH, key, &fd);

	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return -errno;
	change_times_begin(fd, &times);
	r = change(fd, arg);
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
 * may have a new file of their own pending there, which is none of his business
 * who may change the committed one.
 */
static void change_pending_locked(struct versions *t, struct dir *dir,
				  const char *name, uid_t owner,
				  int (*change)(int fd, const void *arg),
				  const void *arg)
{
	struct vnames *n = vnames_find_locked(t, dir, name);

	for (struct vname *vn = n ? n->newest : NULL; vn; vn = vn->older) {
		int fd = atomic_load(&vn->version->fd);

		if (fd < 0)
			fd = atomic_load(&vn->version->tail);
		if (fd >= 0 && !is_of(fd, owner))
			continue;
		atomic_store(&vn->version->changed, true);
		if (fd >= 0)
			change(fd, arg);
	}
}

int tree_change_both(struct versions *t, struct dir *dir, const char *name,
		     const struct file_key *key,
		     int (*change)(int fd, const void *arg), const void *arg)
{
	uid_t owner;
	int r;

	LOCK_SCOPE(&t->names);
	r = change_committed(t, dir, name, key, change, arg, &owner);
	if (r < 0)
		return r;
	if (atomic_load(&dir->pending)) {
		LOCK_SCOPE(&t->lock);
		change_pending_locked(t, dir, name, owner, change, arg);
	}
	versions_note_change(t);
	inner_note(t, dir);
	return 0;
}
