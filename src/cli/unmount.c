/* SPDX-License-Identifier: MIT */
#include "cli/unmount.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/util.h"
#include "cli/holders.h"
#include "cli/target.h"

#define FUSERMOUNT "fusermount3"
#define STACK_MAX 64 /* dead mounts over each other that are cleaned up */

/* In the child: fusermount3 with its words in the pipe @out. */
static void __attribute__((noreturn))
exec_fusermount(const char *dir, bool lazy, int out)
{
	const char *const argv[] = { FUSERMOUNT,	 "-u",
				     lazy ? "-z" : "--", lazy ? "--" : dir,
				     lazy ? dir : NULL,	 NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	setenv("LC_ALL", "C", 1); /* "busy" is looked for in what it says */
	execvp(FUSERMOUNT, (char *const *)argv);
	_exit(errno == ENOENT ? 127 : 126);
}

/* Reads to the end of @fd, keeping the first line. */
static void read_words(int fd, char *buf, size_t size)
{
	char rest[256];
	size_t n = 0;
	ssize_t r;

	do {
		bool full = n == size - 1;

		r = read(fd, full ? rest : buf + n,
			 full ? sizeof(rest) : size - 1 - n);
		if (r > 0 && !full)
			n += (size_t)r;
	} while (r > 0 || (r < 0 && errno == EINTR));
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
}

static int wait_exit(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

static int run_fusermount(const char *dir, bool lazy, struct err *err)
{
	char words[512];
	int ends[2], status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		exec_fusermount(dir, lazy, ends[1]);
	close_fd(ends[1]);
	if (pid < 0) {
		close_fd(ends[0]);
		return err_set(err, -EAGAIN, "%s: cannot start " FUSERMOUNT,
			       dir);
	}
	read_words(ends[0], words, sizeof(words));
	close_fd(ends[0]);
	status = wait_exit(pid);
	if (status == 0)
		return 0;
	if (status == 127)
		return err_set(err, -ENOENT,
			       FUSERMOUNT ": not found, and only root can do "
					  "without it. Install the package "
					  "fuse3");
	if (strcasestr(words, "busy"))
		return -EBUSY;
	return err_set(err, -EPERM, "%s: cannot be unmounted: %s", dir, words);
}

/*
 * The news of a last close waits in the kernel's queue, and what waits there is
 * dropped with the mount.  The queue keeps the order: once a question of our
 * own is answered, the daemon has all that was closed before.
 */
static void pass_queue(const char *dir)
{
	struct statx st;

	(void)statx(AT_FDCWD, dir, AT_STATX_FORCE_SYNC, STATX_CTIME, &st);
}

int unmount(const char *dir, bool lazy, struct err *err)
{
	auto_free char *real = realpath(dir, NULL);
	const char *path = real ? real : dir;
	int code;

	if (!lazy)
		pass_queue(path);
	if (umount2(path, lazy ? MNT_DETACH : 0) == 0)
		return 0;
	code = -errno;
	if (code == -EPERM)
		return run_fusermount(path, lazy, err);
	if (code == -EBUSY)
		return code;
	return err_set(err, code, "%s: cannot be unmounted: %s", dir,
		       strerror(-code));
}

int unmount_dead(const char *dir, struct err *err)
{
	struct target t;
	bool dead;
	int r;

	for (int i = 0; i < STACK_MAX; i++) {
		r = target_look(dir, &t, err);
		if (r < 0)
			return r;
		dead = t.kind == TARGET_DEAD;
		target_release(&t);
		if (!dead)
			return 0;
		r = unmount(dir, true, err);
		if (r < 0)
			return r;
	}
	return err_set(err, -ELOOP,
		       "%s: more than %d dead mounts over each other", dir,
		       STACK_MAX);
}

void unmount_holders(const char *dir, char *buf, size_t size)
{
	struct holders h = { 0 };

	buf[0] = '\0';
	if (holders_find(target_mount_id(dir), &h) == 0)
		holders_describe(&h, buf, size);
	holders_release(&h);
	if (!buf[0])
		snprintf(buf, size, "a process that cannot be seen from here");
}

int unmount_busy(const char *dir, struct err *err)
{
	char who[768];

	unmount_holders(dir, who, sizeof(who));
	return err_set(err, -EBUSY,
		       "%s: busy, held by %s. End it, or detach the mount: "
		       "idemfs umount --lazy %s",
		       dir, who, dir);
}
