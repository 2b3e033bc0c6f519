/* SPDX-License-Identifier: MIT */
#include "core/backing/access.h"

#include <ctype.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "base/sys.h"
#include "base/util.h"

#define STATUS_MAX (1 << 20) /* a process may have 65,536 groups */

bool access_parse_groups(const char *text, gid_t gid)
{
	/* The name in the first line has its newlines escaped. */
	const char *p = strstr(text, "\nGroups:");
	char *end;

	if (!p)
		return false;
	for (p += strlen("\nGroups:");; p = end) {
		while (*p == ' ' || *p == '\t')
			p++;
		if (!isdigit((unsigned char)*p))
			return false;
		if (strtoul(p, &end, 10) == gid)
			return true;
	}
}

bool access_in_group(const struct caller *by, gid_t gid)
{
	auto_free char *text = NULL;
	char name[64];
	size_t size;

	if (by->gid == gid)
		return true;
	snprintf(name, sizeof(name), "/proc/%d/status", by->tid);
	if (by->tid <= 0 ||
	    sys_read_file(AT_FDCWD, name, STATUS_MAX, &text, &size) < 0)
		return false;
	return access_parse_groups(text, gid);
}

static bool has_acl(int fd)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return getxattr(name, "system.posix_acl_access", NULL, 0) > 0;
}

/* @want: of the bits for others. */
static int judge(int fd, const struct caller *by, mode_t want)
{
	struct stat st;
	mode_t have;

	if (by->uid == 0)
		return 0;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (by->uid == st.st_uid)
		have = st.st_mode >> 6;
	else if (has_acl(fd))
		have = 0;
	else if (access_in_group(by, st.st_gid))
		have = st.st_mode >> 3;
	else
		have = st.st_mode;
	return (want & ~have) ? -EACCES : 0;
}

int access_open(int fd, const struct caller *by, int flags)
{
	mode_t want = 0;

	if ((flags & O_ACCMODE) != O_WRONLY)
		want |= S_IROTH;
	if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC))
		want |= S_IWOTH;
	return judge(fd, by, want);
}

int access_dir(int fd, const struct caller *by, bool make)
{
	return judge(fd, by, S_IXOTH | (make ? S_IWOTH : 0));
}

int access_replace(const struct stat *dir, const struct stat *there,
		   const struct stat *file, uid_t by)
{
	if (!(dir->st_mode & S_ISVTX) || by == 0)
		return 0;
	if (there->st_uid == file->st_uid || there->st_uid == by)
		return 0;
	return dir->st_uid == by ? 0 : -EPERM;
}

/* Capabilities */

#define CAP_BIT(cap) (UINT64_C(1) << (cap))

/* Capabilities that some request needs: the rest is given up for good. */
#define CAPS_NEEDED                                                         \
	(CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_DAC_OVERRIDE) |                   \
	 CAP_BIT(CAP_DAC_READ_SEARCH) | CAP_BIT(CAP_FOWNER) |               \
	 CAP_BIT(CAP_FSETID) | CAP_BIT(CAP_SETGID) | CAP_BIT(CAP_SETUID) |  \
	 CAP_BIT(CAP_LINUX_IMMUTABLE) | CAP_BIT(CAP_SYS_PTRACE) |           \
	 CAP_BIT(CAP_SYS_ADMIN) | CAP_BIT(CAP_MKNOD) | CAP_BIT(CAP_LEASE) | \
	 CAP_BIT(CAP_SETFCAP) | CAP_BIT(CAP_MAC_ADMIN))

/* For the system calls: a wrapper of libcap may change all threads. */
static struct __user_cap_header_struct cap_head(void)
{
	return (struct __user_cap_header_struct){
		.version = _LINUX_CAPABILITY_VERSION_3
	};
}

static int get_caps(struct access_caps *ret)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	struct __user_cap_header_struct head = cap_head();

	if (syscall(SYS_capget, &head, data) < 0)
		return -errno;
	ret->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	ret->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	ret->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable
							 << 32;
	return 0;
}

static int set_caps(const struct access_caps *c)
{
	const struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ (uint32_t)c->effective, (uint32_t)c->permitted,
		  (uint32_t)c->inheritable },
		{ (uint32_t)(c->effective >> 32),
		  (uint32_t)(c->permitted >> 32),
		  (uint32_t)(c->inheritable >> 32) },
	};
	struct __user_cap_header_struct head = cap_head();

	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

int access_confine(void)
{
	struct access_caps caps;
	int r = get_caps(&caps);

	if (r < 0)
		return r;
	caps.effective &= CAPS_NEEDED;
	caps.permitted &= CAPS_NEEDED;
	return set_caps(&caps);
}

/* Identities */

/*
 * System calls, since the C library sets these for all threads of a process.
 * Leaving user 0 takes the capabilities that override permissions out of the
 * effective set.  So @caps are set after that, and bring them back: the kernel
 * has checked the caller already, with groups that this thread does not have.
 */
static int set_ids(uid_t uid, gid_t gid, const struct access_caps *caps)
{
	int r;

	syscall(SYS_setfsgid, gid);
	syscall(SYS_setfsuid, uid);
	r = set_caps(caps);
	if (r < 0)
		return r;
	/* Each returns the previous number; -1 changes nothing. */
	if ((uid_t)syscall(SYS_setfsuid, -1) != uid ||
	    (gid_t)syscall(SYS_setfsgid, -1) != gid)
		return -EPERM;
	return 0;
}

static int become(struct access *a, uid_t uid, gid_t gid, uint64_t without)
{
	struct access_caps caps;
	int r = get_caps(&a->caps);

	if (r < 0)
		return r;
	a->uid = (uid_t)syscall(SYS_setfsuid, -1);
	a->gid = (gid_t)syscall(SYS_setfsgid, -1);
	a->changed = true;
	caps = a->caps;
	caps.effective &= ~without;
	r = set_ids(uid, gid, &caps);
	if (r < 0)
		access_end(a);
	return r;
}

int access_begin(struct access *a, const struct caller *by)
{
	a->changed = false;
	if (geteuid() != 0 || (by->uid == 0 && by->gid == getegid()))
		return 0;
	return become(a, by->uid, by->gid, 0);
}

/* Members keep S_ISGID where the group cannot execute (mandatory locks once). */
static gid_t writing_group(const struct caller *by, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || (st.st_mode & (S_ISGID | S_IXGRP)) != S_ISGID)
		return by->gid;
	return access_in_group(by, st.st_gid) ? st.st_gid : by->gid;
}

int access_write(struct access *a, const struct caller *by, int fd)
{
	a->changed = false;
	if (geteuid() != 0 || by->uid == 0)
		return 0;
	return become(a, by->uid, writing_group(by, fd), CAP_BIT(CAP_FSETID));
}

int access_change(struct access *a, const struct caller *by, gid_t gid)
{
	a->changed = false;
	if (geteuid() != 0 || by->uid == 0)
		return 0;
	return become(a, by->uid, gid,
		      CAP_BIT(CAP_FOWNER) | CAP_BIT(CAP_CHOWN) |
			      CAP_BIT(CAP_FSETID));
}

int access_without_set_id(struct access *a)
{
	return become(a, (uid_t)syscall(SYS_setfsuid, -1),
		      (gid_t)syscall(SYS_setfsgid, -1), CAP_BIT(CAP_FSETID));
}

void access_end(struct access *a)
{
	if (a->changed)
		set_ids(a->uid, a->gid, &a->caps);
	a->changed = false;
}
