/* SPDX-License-Identifier: MIT */
#include "cli/target.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "core/state.h"
#include "idemfs/control.h"
#include "mount/mountinfo.h"

#define CONTROL_MAX (64 * 1024) /* two escaped paths and some words */

void target_release(struct target *t)
{
	free(t->backing);
	free(t->run);
	*t = (struct target){ .root_fd = -1 };
}

/* --- .control ------------------------------------------------------------- */

static int parse_int(const char *value, int *ret)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(value, &end, 10);
	if (errno || end == value || *end || n < 0 || n > INT_MAX)
		return -EINVAL;
	*ret = (int)n;
	return 0;
}

static int parse_line(const char *key, const char *value, struct target *t)
{
	if (!strcmp(key, "pid"))
		return parse_int(value, &t->pid);
	if (!strcmp(key, "root_fd"))
		return parse_int(value, &t->root_fd);
	if (!strcmp(key, "backing") && !t->backing) {
		t->backing = text_unescape(value, strlen(value));
		return t->backing ? 0 : -EINVAL;
	}
	if (!strcmp(key, "run") && !t->run) {
		t->run = text_unescape(value, strlen(value));
		return t->run ? 0 : -EINVAL;
	}
	return 0; /* keys of a newer protocol */
}

int target_parse(const char *text, struct target *ret)
{
	struct target t = { .kind = TARGET_ALIVE, .root_fd = -1 };
	auto_free char *copy = strdup(text);
	char *line, *save = NULL, *value;
	bool first = true;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	for (line = strtok_r(copy, "\n", &save); line && r == 0;
	     line = strtok_r(NULL, "\n", &save), first = false) {
		value = strchr(line, ' ');
		if (value)
			*value++ = '\0';
		if (first && strcmp(line, "idemfs"))
			r = -EINVAL;
		else if (value)
			r = parse_line(line, value, &t);
	}
	if (r == 0 && (t.pid <= 0 || t.root_fd < 0))
		r = -EINVAL;
	if (r < 0)
		target_release(&t);
	else
		*ret = t;
	return r;
}

/* --- the kernel's table of mounts ----------------------------------------- */

uint64_t target_mount_id_at(int dirfd, const char *path, int flags)
{
	return mountinfo_id(dirfd, path, flags);
}

uint64_t target_mount_id(const char *dir)
{
	return mountinfo_id(AT_FDCWD, dir, 0);
}

static bool is_idemfs_mount(const char *dir)
{
	struct mounted m = { 0 };
	bool ours = mountinfo_get(target_mount_id(dir), &m) == 0 && m.idemfs;

	mounted_clear(&m);
	return ours;
}

/* --- looking -------------------------------------------------------------- */

/* @dir cannot be entered: says why, or that it is a mount of ours. */
static int look_closed(const char *dir, int code, struct target *ret,
		       struct err *err)
{
	bool ours = is_idemfs_mount(dir);

	if (ours && (code == -ENOTCONN || code == -ECONNABORTED)) {
		ret->kind = TARGET_DEAD;
		return 0;
	}
	if (ours && code == -EACCES) {
		ret->kind = TARGET_CLOSED;
		return 0;
	}
	if (ours && code == -EIO) {
		ret->kind = TARGET_FAILED;
		return 0;
	}
	switch (code) {
	case -ENOENT:
		return err_set(err, code,
			       "%s: no such directory. Make it first: "
			       "mkdir -p %s",
			       dir, dir);
	case -ENOTDIR:
		return err_set(err, code,
			       "%s: not a directory. Name the directory that "
			       "holds the files",
			       dir);
	case -EACCES:
		return err_set(err, code,
			       "%s: permission denied. Run this as a user who "
			       "may enter it",
			       dir);
	case -ENOTCONN:
		return err_set(
			err, code,
			"%s: a dead mount of another filesystem. Unmount "
			"it first: fusermount3 -u -z %s",
			dir, dir);
	default:
		return err_set(err, code, "%s: %s", dir, strerror(-code));
	}
}

static int look_open(int fd, struct target *ret)
{
	auto_free char *text = NULL;
	struct statfs fs;
	size_t size;
	int r;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	if (fs.f_type != FUSE_SUPER_MAGIC)
		return 0;
	r = sys_read_file(fd, IDEMFS_CHECKPOINTS "/" IDEMFS_CONTROL,
			  CONTROL_MAX, &text, &size);
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return r;
	r = target_parse(text, ret);
	return r == -EINVAL ? 0 : r; /* some file of that name */
}

int target_look(const char *dir, struct target *ret, struct err *err)
{
	struct target t = { .kind = TARGET_NONE, .root_fd = -1 };
	struct stat st;
	int r;

	/* O_PATH asks nobody, so it also opens the root of a dead mount. */
	auto_fd fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	r = fd < 0 ? -errno : look_open(fd, &t);
	if (r == 0 && t.kind == TARGET_NONE && fstat(fd, &st) < 0)
		r = -errno;
	if (r < 0)
		r = look_closed(dir, r, &t, err);
	if (r == 0)
		*ret = t;
	return r;
}

int target_find(const char *dir, struct target *ret, struct err *err)
{
	struct target t;
	int r = target_look(dir, &t, err);

	if (r < 0)
		return r;
	switch (t.kind) {
	case TARGET_ALIVE:
		*ret = t;
		return 0;
	case TARGET_DEAD:
		return err_set(err, -EINVAL,
			       "%s: an idemfs mount whose daemon has died. "
			       "Clean it up: idemfs umount %s",
			       dir, dir);
	case TARGET_CLOSED:
		return err_set(err, -EINVAL,
			       "%s: an idemfs mount of another user. Run this "
			       "as that user, or mount with --allow-other",
			       dir);
	case TARGET_FAILED:
		return err_set(err, -EIO,
			       "%s: an idemfs mount whose disk has failed. "
			       "Unmount it: idemfs umount %s",
			       dir, dir);
	case TARGET_NONE:
		break;
	}
	return err_set(err, -EINVAL,
		       "%s: not an idemfs mount. Name the mount point itself, "
		       "or mount it: idemfs mount %s",
		       dir, dir);
}

int target_open_root(const struct target *t)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", t->pid, t->root_fd);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == EACCES || errno == EPERM ? -EACCES : -ESRCH;
	/* Some other process may bear that number here. */
	if (faccessat(fd, STATE_DIR, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		close_fd(fd);
		return -ESRCH;
	}
	return fd;
}
