/* SPDX-License-Identifier: MIT */
#include "mount/mountpoint/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/util.h"

#define MOVED_MAX 16 /* times that the directory may be renamed meanwhile */

static int open_without_links(const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	long fd;

	do
		fd = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : (int)fd;
}

int attach_open(const char *path, struct err *err)
{
	int fd = open_without_links(path);

	if (fd == -ELOOP)
		return err_set(err, fd,
			       "%s: a link has come into this path since it "
			       "was looked at. See who can rename what is on "
			       "it, and try again",
			       path);
	return fd < 0 ? err_set(err, fd, "%s: cannot open the directory: %s",
				path, strerror(-fd))
		      : fd;
}

static int path_of(int dir, char *buf, size_t size)
{
	char name[64];
	ssize_t n;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", dir);
	n = readlink(name, buf, size - 1);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return 0;
}

/* mount(2) follows the descriptor's link to the very directory. */
static int put(struct fuse_session *se, int dir, bool by_path)
{
	char path[PATH_MAX];
	int r = 0;

	if (by_path)
		r = path_of(dir, path, sizeof(path));
	else
		snprintf(path, sizeof(path), "/proc/self/fd/%d", dir);
	if (!r && fuse_session_mount(se, path) < 0)
		r = -EIO;
	return r;
}

/* Finds what is mounted at the present path of @dir. */
static int find(int dir, struct mounted *ret)
{
	char path[PATH_MAX];
	int r = -ENOENT;

	for (int i = 0; i < MOVED_MAX && r == -ENOENT; i++) {
		r = path_of(dir, path, sizeof(path));
		if (!r)
			r = mountinfo_find(path, ret);
	}
	return r == -ENOENT ? -ESTALE : r;
}

int attach(struct fuse_session *se, int dir, bool by_path, struct mounted *ret)
{
	uint64_t below = mountinfo_id(dir, "", AT_EMPTY_PATH);
	int r = put(se, dir, by_path);

	if (!r)
		r = find(dir, ret);
	if (!r && (!ret->idemfs || ret->owner != getuid())) {
		mounted_clear(ret); /* not ours to take away */
		r = -ESTALE;
	}
	return !r && ret->parent != below ? -ESTALE : r;
}

/* Without root: fusermount3 takes away only mounts of its caller. */
static void run_fusermount(const char *at)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("fusermount3", "fusermount3", "-u", "-z", "-q", "--", at,
		       (char *)NULL);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void undo(int root, const char *at)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", root);
	if (umount2(name, MNT_DETACH) < 0)
		run_fusermount(at);
}

void attach_undo(const struct mounted *m)
{
	struct mounted now = { 0 };
	auto_fd root = mountinfo_open(m->id);

	/* While root is open, no other mount gets the number. */
	if (root >= 0 && mountinfo_get(m->id, &now) == 0 && now.dev == m->dev)
		undo(root, now.at);
	mounted_clear(&now);
}
