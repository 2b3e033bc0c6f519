/* SPDX-License-Identifier: MIT */
#include "cli/check.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/cli.h"
#include "cli/previous.h"
#include "cli/target.h"
#include "cli/unmount.h"

#define FUSE_DEVICE "/dev/fuse"
#define FUSE_CONF "/etc/fuse.conf"
#define SETTLE_MS 10000 /* what a daemon takes beyond its --drain */
#define DEPTH_MAX 4096	/* directories above one that are looked at */

bool check_is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	while (n > 0 && dir[n - 1] == '/')
		n--;
	return !strncmp(path, dir, n) && (path[n] == '/' || !path[n]);
}

/* --- the machine ---------------------------------------------------------- */

static int check_device(struct err *err)
{
	auto_fd fd = open(FUSE_DEVICE, O_RDWR | O_CLOEXEC);
	int code = -errno;

	if (fd >= 0)
		return 0;
	switch (code) {
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		return err_set(err, code,
			       FUSE_DEVICE
			       ": not there, so nothing can be mounted. Load "
			       "the module (modprobe fuse); a container needs "
			       "--device " FUSE_DEVICE);
	case -EACCES:
	case -EPERM:
		return err_set(err, code,
			       FUSE_DEVICE
			       ": not permitted. Run as a user who may open "
			       "it; a container needs --device " FUSE_DEVICE
			       " and the capability SYS_ADMIN");
	default:
		return err_set(err, code, FUSE_DEVICE ": %s", strerror(-code));
	}
}

static bool in_path(const char *program)
{
	const char *path = getenv("PATH");
	auto_free char *copy = strdup(path ? path : "/usr/bin:/bin");
	char *dir, *save = NULL;

	for (dir = copy ? strtok_r(copy, ":", &save) : NULL; dir;
	     dir = strtok_r(NULL, ":", &save)) {
		auto_free char *file = NULL;

		if (asprintf(&file, "%s/%s", dir, program) < 0)
			file = NULL;
		if (file && access(file, X_OK) == 0)
			return true;
	}
	return false;
}

static bool user_allow_other(void)
{
	auto_file *f = fopen(FUSE_CONF, "re");
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		size_t n = strcspn(line, " \t\n#");

		if (n == strlen("user_allow_other") &&
		    !strncmp(line, "user_allow_other", n))
			return true;
	}
	return false;
}

static int check_user(const struct args *a, struct err *err)
{
	if (geteuid() == 0)
		return 0;
	if (!in_path("fusermount3"))
		return err_set(err, -ENOENT,
			       "fusermount3: not found, and only root can "
			       "mount without it. Install the package fuse3");
	if (a->opt.allow_other && !user_allow_other())
		return err_set(err, -EPERM,
			       FUSE_CONF ": does not permit --allow-other. Add "
					 "a line \"user_allow_other\" to it, "
					 "or mount as root");
	return 0;
}

/* --- the directories ------------------------------------------------------ */

static int check_access(const char *dir, int mode, struct err *err)
{
	if (faccessat(AT_FDCWD, dir, mode, AT_EACCESS) == 0)
		return 0;
	if (errno == EROFS) /* then so is the mount */
		return check_access(dir, mode & ~W_OK, err);
	if (errno == EACCES || errno == EPERM)
		return err_set(err, -EACCES,
			       "%s: permission denied. Run this as its owner, "
			       "or give yourself read, write and search "
			       "permission",
			       dir);
	return err_set(err, -errno, "%s: %s", dir, strerror(errno));
}

/* No living idemfs at @dir, and a dead one is taken away if it may be. */
static int check_free(const char *dir, struct err *err)
{
	struct target t;
	int r = target_look(dir, &t, err);

	if (r < 0)
		return r;
	if (t.kind == TARGET_ALIVE)
		r = err_set(err, -EBUSY,
			    "%s: already an idemfs mount (of process %d). Use "
			    "it as it is, or end it: idemfs umount %s",
			    dir, t.pid, dir);
	else if (t.kind == TARGET_CLOSED)
		r = err_set(err, -EBUSY,
			    "%s: already an idemfs mount, of another user. "
			    "Choose another directory",
			    dir);
	else if (t.kind == TARGET_FAILED)
		r = target_find(dir, &t, err); /* says what to do */
	if (t.kind == TARGET_DEAD) {
		r = unmount_dead(dir, err);
		if (r == 0)
			cli_error("%s: cleaned up the mount that a killed "
				  "daemon left",
				  dir);
	}
	target_release(&t);
	return r;
}

/* Is @inner strictly inside @outer, by whatever names they have? */
static bool is_inside(const char *inner, const char *outer)
{
	auto_fd fd = open(inner, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat want, st, last;

	if (fd < 0 || stat(outer, &want) < 0 || fstat(fd, &last) < 0)
		return false;
	if (last.st_dev == want.st_dev && last.st_ino == want.st_ino)
		return false;
	for (int i = 0; i < DEPTH_MAX; i++) {
		int up = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (up < 0)
			return false;
		close_fd(fd);
		fd = up;
		if (fstat(fd, &st) < 0)
			return false;
		if (st.st_dev == want.st_dev && st.st_ino == want.st_ino)
			return true;
		if (st.st_dev == last.st_dev && st.st_ino == last.st_ino)
			return false; /* "/.." is "/" */
		last = st;
	}
	return false;
}

/* Two directories: what would go round in circles, or hide what it needs. */
static int check_nested(const struct args *a, struct err *err)
{
	if (is_inside(a->mountpoint, a->backing))
		return err_set(err, -EINVAL,
			       "%s: lies inside %s, which it would show inside "
			       "itself without end. Mount over %s itself, or "
			       "choose a mount point outside",
			       a->mountpoint, a->backing, a->backing);
	if (is_inside(a->backing, a->mountpoint))
		return err_set(err, -EINVAL,
			       "%s: lies inside %s, where the mount would hide "
			       "it. Mount over %s itself, or choose a mount "
			       "point outside",
			       a->backing, a->mountpoint, a->backing);
	return 0;
}

int check_mount(const struct args *a, struct err *err)
{
	bool same = !strcmp(a->backing, a->mountpoint);
	int r = check_free(a->mountpoint, err);

	if (r == 0 && !same)
		r = check_free(a->backing, err);
	if (r == 0)
		r = check_access(a->backing, R_OK | W_OK | X_OK, err);
	if (r == 0 && !same)
		r = check_access(a->mountpoint, X_OK, err);
	if (r == 0 && !same)
		r = check_nested(a, err);
	if (r == 0)
		r = check_device(err);
	if (r == 0)
		r = check_user(a, err);
	if (r == 0)
		previous_wait(a->backing, a->opt.drain_ms + SETTLE_MS);
	return r;
}
