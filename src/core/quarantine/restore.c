/* SPDX-License-Identifier: MIT */
#include "core/quarantine/restore.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <linux/xattr.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/backing/copy.h"
#include "core/backing/state.h"

#define XATTR_NAMES_MAX 65536 /* the kernel's limit, as for a value */

/* --- where to ------------------------------------------------------------- */

/*
 * Opens the directory part of @path.  The path of a record stays below its
 * root, and no link is followed, which may lead elsewhere by now.
 */
static int open_parent(const struct restore *r, const char **ret_name)
{
	const char *slash = strrchr(r->path, '/');
	auto_free char *parent =
		slash ? strndup(r->path, (size_t)(slash - r->path) + 1)
		      : strdup(".");
	struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC };
	auto_fd root = open(r->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	long fd;

	if (root < 0)
		return -errno;
	if (!parent)
		return -ENOMEM;
	if (r->beneath)
		how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
	fd = syscall(SYS_openat2, root, parent, &how, sizeof(how));
	if (fd < 0)
		return -errno;
	*ret_name = slash ? slash + 1 : r->path;
	return (int)fd;
}

/* --- bytes and attributes ------------------------------------------------- */

static void copy_xattrs(int from, int to)
{
	auto_free char *names = malloc(XATTR_NAMES_MAX);
	auto_free char *value = malloc(XATTR_NAMES_MAX);
	ssize_t n, size;

	n = names && value ? flistxattr(from, names, XATTR_NAMES_MAX) : 0;
	for (char *name = names; name && name < names + n;
	     name += strlen(name) + 1) {
		/* They were given to other bytes. */
		if (!strcmp(name, XATTR_NAME_CAPS))
			continue;
		size = fgetxattr(from, name, value, XATTR_NAMES_MAX);
		/* Some cannot be set by this user: as cp -a does, go on. */
		if (size >= 0)
			(void)sys.fsetxattr(to, name, value, (size_t)size, 0);
	}
}

/* @like: a descriptor of the file whose attributes @to gets. */
static int keep_attributes(int like, int to)
{
	struct stat st;
	int r;

	if (fstat(like, &st) < 0)
		return -errno;
	r = sys.fchown(to, st.st_uid, st.st_gid);
	if (r < 0 && r != -EPERM)
		return r;
	copy_xattrs(like, to);
	/*
	 * Last, since an ACL moves the mask.  Without set-id bits, as after any
	 * write: the user who set them has not seen these bytes.
	 */
	return sys.fchmod(to, st.st_mode & (0777 | S_ISVTX));
}

/* --- the file ------------------------------------------------------------- */

/* As far as it can be told without the supplementary groups of the owner. */
static bool may_write(const struct stat *at, const struct stat *by)
{
	return at->st_uid == by->st_uid || (at->st_mode & S_IWOTH) ||
	       (at->st_gid == by->st_gid && (at->st_mode & S_IWGRP));
}

/*
 * Unless told so, root does not do for a user what that user may not do.  The
 * path may lead elsewhere by now, and a record says what its maker has told.
 */
static int judge_owner(const struct restore *r, int at, struct err *err)
{
	struct stat by, there;

	if (fstat(r->from, &by) < 0 || fstat(at, &there) < 0)
		return -errno;
	if (!r->beneath || geteuid() != 0 || by.st_uid == 0 ||
	    may_write(&there, &by))
		return 0;
	return err_set(err, -EPERM,
		       "the partial is of user %u, who may not write there. "
		       "Choose a place with --to PATH",
		       by.st_uid);
}

/* Opens the file at @name: a descriptor, or -ENOENT when there is none. */
static int open_old(const struct restore *r, int dir, const char *name)
{
	int fd = sys_open_file(dir, name, O_RDONLY);

	if (fd == -ENOENT || fd == -EISDIR)
		return fd;
	if (!r->force || fd == -EBADF || fd == -ELOOP || fd == -ENXIO) {
		close_fd(fd);
		return -EEXIST;
	}
	return fd;
}

static int fill(const struct restore *r, int dir, const char *name, int to,
		struct err *err)
{
	auto_fd old = open_old(r, dir, name);
	int code;

	if (old < 0 && old != -ENOENT)
		return old;
	code = judge_owner(r, old >= 0 ? old : dir, err);
	if (code == 0)
		code = copy_bytes(r->from, to);
	if (code == 0)
		code = keep_attributes(old >= 0 ? old : r->from, to);
	return code == 0 ? sys.fsync(to) : code;
}

/* Restores by temp @temp in @home, which is @dir or on its filesystem. */
static int put_by(const struct restore *r, int home, const char *temp, int dir,
		  const char *name, struct err *err)
{
	int code,
		to = sys.openat(home, temp,
				O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);

	if (to < 0)
		return to;
	code = fill(r, dir, name, to, err);
	/* close before the rename: some errors are told only by it */
	if (close(to) < 0 && code == 0)
		code = -errno;
	if (code == 0)
		code = sys.renameat2(home, temp, dir, name,
				     r->force ? 0 : RENAME_NOREPLACE);
	if (code < 0)
		(void)sys.unlinkat(home, temp, 0);
	else
		code = sys.fsync(dir);
	return code;
}

static int put(const struct restore *r, int dir, const char *name,
	       struct err *err)
{
	char temp[64];
	int code = -EXDEV;

	/* If a crash leaves it there, the next mount removes it. */
	snprintf(temp, sizeof(temp), "restore.%d", getpid());
	if (r->tmp >= 0)
		code = put_by(r, r->tmp, temp, dir, name, err);
	if (code != -EXDEV)
		return code;
	snprintf(temp, sizeof(temp), "%s%d",
		 r->tmp >= 0 ? STATE_TEMP_PREFIX "restore."
			     : ".idemfs-restore.",
		 getpid());
	return put_by(r, dir, temp, dir, name, err);
}

/* Says what went wrong with @path, by the name that the caller gave. */
static int explain(const char *path, int code, struct err *err)
{
	switch (code) {
	case -EEXIST:
		return err_set(err, code,
			       "%s: there is a file of that name. Replace it "
			       "with --force, or choose another with --to PATH",
			       path);
	case -EISDIR:
		return err_set(err, code,
			       "%s: a directory. Name a file with --to PATH",
			       path);
	case -ENOENT:
	case -ENOTDIR:
	case -EXDEV:
		return err_set(err, code,
			       "%s: its directory is not there. Make it, or "
			       "choose another place with --to PATH",
			       path);
	default:
		return err_set(err, code, "%s: %s", path, strerror(-code));
	}
}

int restore_file(const struct restore *r, struct err *err)
{
	const char *name = NULL;
	auto_free char *path = NULL;
	auto_fd dir = open_parent(r, &name);
	struct err why = { 0 };
	int code = dir < 0 ? dir : !*name ? -EISDIR : put(r, dir, name, &why);

	if (code == 0)
		return 0;
	if (asprintf(&path, "%s%s%s", r->beneath ? r->dir : "",
		     r->beneath ? "/" : "", r->path) < 0)
		return -ENOMEM;
	return why.text[0] ? err_set(err, code, "%s: %s", path, why.text)
			   : explain(path, code, err);
}
