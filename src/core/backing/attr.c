/* SPDX-License-Identifier: MIT */
/*
 * fchmod() and fsetxattr() refuse an O_PATH descriptor.  So all changes go
 * through /proc/self/fd, which leads to the very inode.
 */
#include "core/backing/attr.h"

#include <fcntl.h>
#include <linux/xattr.h>
#include <stdio.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"

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
 * A call that changes neither may be part of a write, and a writer need not be
 * the owner.
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

/* The filesystem checks @by as the owner, with the group that @fd has now. */
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

mode_t attr_harmless(mode_t mode)
{
	return mode & ~(mode_t)(S_ISUID | S_ISGID);
}

mode_t attr_written(mode_t mode)
{
	/* Without S_IXGRP, S_ISGID once meant mandatory locks. */
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

/* An ACL changes the mode, and takes S_ISGID unless @by is in the group. */
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
