/* SPDX-License-Identifier: MIT */
#include "cli/mounts/target.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/mounts/trust.h"
#include "core/backing/state.h"
#include "idemfs/control.h"
#include "mount/mountpoint/mountinfo.h"

#define CONTROL_MAX (1024 * 1024) /* escaped paths, and rules of --in-place */
#define LOOKS 100 /* at a mount that goes while it is looked at */

#define NO_TARGET                                       \
	(struct target)                                 \
	{                                               \
		.root_fd = -1, .end_fd = -1, .runs = -1 \
	}

void target_release(struct target *t)
{
	free(t->backing);
	free(t->run);
	free(t->options);
	*t = NO_TARGET;
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

static int add_option(struct target *t, const char *line)
{
	const char *before = t->options ? t->options : "";
	char *all;

	if (asprintf(&all, "%s%s\n", before, line) < 0)
		return -ENOMEM;
	free(t->options);
	t->options = all;
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
	if (!strcmp(key, "end_fd"))
		return parse_int(value, &t->end_fd);
	if (!strcmp(key, "runs"))
		return parse_int(value, &t->runs);
	if (!strcmp(key, "ending"))
		t->ending = true;
	if (!strcmp(key, "option"))
		return add_option(t, value);
	return 0; /* keys of a newer protocol */
}

int target_parse(const char *text, struct target *ret)
{
	struct target t = NO_TARGET;
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
	t.kind = TARGET_ALIVE;
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

static int open_dir(const char *dir)
{
	/* O_PATH sends no request: it also opens the root of a dead mount. */
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* --- looking -------------------------------------------------------------- */

/* The mount there: 1 an idemfs, 0 another filesystem, -ENOENT it has gone. */
static int is_idemfs(uint64_t id)
{
	struct mounted m = { 0 };
	int r = mountinfo_get(id, &m);

	if (r == 0)
		r = m.idemfs;
	mounted_clear(&m);
	return r;
}

/*
 * @dir cannot be entered: says why, or that it is a mount of ours.  -EAGAIN: it
 * was a dead mount that has gone by now.
 */
static int look_closed(const char *dir, int code, struct target *ret,
		       struct err *err)
{
	int ours = is_idemfs(ret->mount_id);

	if (ours > 0 && (code == -ENOTCONN || code == -ECONNABORTED)) {
		ret->kind = TARGET_DEAD;
		return 0;
	}
	if (ours > 0 && code == -EACCES) {
		ret->kind = TARGET_CLOSED;
		return 0;
	}
	if (ours > 0 && code == -EIO) {
		ret->kind = TARGET_FAILED;
		return 0;
	}
	if (ours < 0 && code == -ENOTCONN)
		return -EAGAIN;
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

/*
 * Is @fd the root of an idemfs mount, and of which user?  The kernel is asked,
 * since any user can make a directory .checkpoints with a file .control in it.
 */
static bool is_root_of_ours(int fd, uid_t *ret_owner)
{
	struct mounted m = { 0 };
	bool ours = mountinfo_get(mountinfo_root(fd, "", AT_EMPTY_PATH), &m) ==
			    0 &&
		    m.idemfs;

	*ret_owner = m.owner;
	mounted_clear(&m);
	return ours;
}

static int look_open(int fd, struct target *ret)
{
	auto_free char *text = NULL;
	uid_t owner;
	size_t size;
	int r;

	if (!is_root_of_ours(fd, &owner))
		return 0;
	ret->owner = owner;
	ret->kind = TARGET_CLOSED;
	/* Not even asked: its daemon may say anything, or nothing for ever. */
	if (!trust_owner(owner))
		return 0;
	ret->kind = TARGET_NONE;
	r = sys_read_file(fd, IDEMFS_CHECKPOINTS "/" IDEMFS_CONTROL,
			  CONTROL_MAX, &text, &size);
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return r;
	r = target_parse(text, ret);
	ret->owner = owner;
	return r == -EINVAL ? 0 : r; /* of a version that is not known */
}

static int look_once(const char *dir, struct target *ret, int *ret_fd,
		     struct err *err)
{
	struct target t = NO_TARGET;
	auto_fd fd = open_dir(dir);
	struct stat st;
	int r = fd < 0 ? fd : look_open(fd, &t);

	t.mount_id = fd < 0 ? target_mount_id(dir)
			    : mountinfo_root(fd, "", AT_EMPTY_PATH);
	if (r == 0 && t.kind == TARGET_NONE && fstat(fd, &st) < 0)
		r = -errno;
	if (r < 0)
		r = look_closed(dir, r, &t, err);
	if (r < 0)
		return r;
	*ret_fd = fd < 0 ? -1 : steal_fd(&fd);
	*ret = t;
	return 0;
}

int target_look_open(const char *dir, struct target *ret, int *ret_fd,
		     struct err *err)
{
	int r = -EAGAIN;

	for (int i = 0; i < LOOKS && r == -EAGAIN; i++)
		r = look_once(dir, ret, ret_fd, err);
	return r;
}

int target_look(const char *dir, struct target *ret, struct err *err)
{
	auto_fd fd = -1;

	return target_look_open(dir, ret, &fd, err);
}

static int say_closed(const char *dir, uid_t owner, struct err *err)
{
	if (!trust_owner(owner))
		return err_set(
			err, -EPERM,
			"%s: an idemfs mount of user %u, who can make it "
			"say anything. Run this as that user, or, if "
			"you trust that user, with IDEMFS_TRUST=%u",
			dir, owner, owner);
	return err_set(err, -EINVAL,
		       "%s: an idemfs mount of another user. Run this as that "
		       "user, or mount with --allow-other",
		       dir);
}

/* 0 for a living mount; else -errno, and @err says what it is. */
static int require_alive(const struct target *t, const char *dir,
			 struct err *err)
{
	switch (t->kind) {
	case TARGET_ALIVE:
		return 0;
	case TARGET_DEAD:
		return err_set(err, -EINVAL,
			       "%s: an idemfs mount whose daemon has died. "
			       "Clean it up: idemfs umount %s",
			       dir, dir);
	case TARGET_CLOSED:
		return say_closed(dir, t->owner, err);
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

int target_find(const char *dir, struct target *ret, struct err *err)
{
	struct target t;
	int r = target_look(dir, &t, err);

	if (r == 0)
		r = require_alive(&t, dir, err);
	if (r == 0)
		*ret = t;
	return r;
}

/*
 * Opens descriptor @number of the daemon.  If the daemon is in another PID
 * namespace, its pid may be that of any process here.  So the process must be
 * one of the user who mounted, or of root.
 */
static int open_theirs(const struct target *t, int number, int flags)
{
	char path[64];
	auto_fd process = -1;
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d", t->pid);
	process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (process < 0 || fstat(process, &st) < 0 ||
	    (st.st_uid != t->owner && st.st_uid != 0))
		return -ESRCH;
	snprintf(path, sizeof(path), "fd/%d", number);
	fd = openat(process, path, flags | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	return errno == EACCES || errno == EPERM ? -EACCES : -ESRCH;
}

int target_open_root(const struct target *t)
{
	int fd = open_theirs(t, t->root_fd, O_RDONLY | O_DIRECTORY);

	/* Another process may have that pid here. */
	if (fd >= 0 &&
	    faccessat(fd, STATE_DIR, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		close_fd(fd);
		return -ESRCH;
	}
	return fd;
}

int target_open_end(const struct target *t)
{
	return t->end_fd < 0 ? -ENOENT : open_theirs(t, t->end_fd, O_RDONLY);
}

bool target_is_mount(const char *dir)
{
	auto_fd fd = open_dir(dir);
	uid_t owner;

	return fd >= 0 && is_root_of_ours(fd, &owner) && trust_owner(owner);
}

int target_open_virtual(const char *dir, const char *name, struct err *err)
{
	auto_fd root = -1;
	struct target t;
	char path[64];
	int fd, r = target_look_open(dir, &t, &root, err);

	if (r == 0)
		r = require_alive(&t, dir, err);
	if (r < 0)
		return r;
	target_release(&t);
	snprintf(path, sizeof(path), IDEMFS_CHECKPOINTS "/%s", name);
	fd = openat(root, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
