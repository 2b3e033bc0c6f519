/* SPDX-License-Identifier: MIT */
#include "cli/mounts/unmount.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/util.h"
#include "cli/mounts/holders.h"
#include "cli/mounts/target.h"
#include "mount/mountpoint/mountinfo.h"

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
 * The RELEASE of a last close waits in the kernel's queue, and an unmount drops
 * what waits there.  The queue keeps the order.  So once a request of our own
 * is answered, the daemon has all that was closed before.  A mount that is not
 * believed is not asked: its daemon need never answer.
 */
static void pass_queue(const char *dir)
{
	struct statx st;

	if (!target_is_mount(dir))
		return;
	(void)statx(AT_FDCWD, dir, AT_STATX_FORCE_SYNC, STATX_CTIME, &st);
}

/* By its number alone: exact, but for an unmount that may fail (EBUSY). */
static int detach(uint64_t id)
{
	char name[64];
	auto_fd root = mountinfo_open(id);

	if (root < 0)
		return root;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", root);
	return umount2(name, MNT_DETACH) < 0 ? -errno : 0;
}

/* A descriptor of it would make it busy, so its path is compared before. */
static int take_away(const struct mounted *m)
{
	if (mountinfo_root(AT_FDCWD, m->at, 0) != m->id)
		return -ESTALE;
	pass_queue(m->at);
	return umount2(m->at, UMOUNT_NOFOLLOW) < 0 ? -errno : 0;
}

static bool has_gone(uint64_t id)
{
	struct mounted m = { 0 };
	bool gone = mountinfo_get(id, &m) == -ENOENT;

	mounted_clear(&m);
	return gone;
}

/* It could not be unmounted: of @code, or of what fusermount3 says. */
static int try_otherwise(const char *dir, const struct mounted *m, bool lazy,
			 int code, struct err *err)
{
	if (code == -EPERM)
		code = run_fusermount(m->at, lazy, err);
	else if (code == -ESTALE)
		err_set(err, code,
			"%s: something else is mounted over it. Unmount that "
			"first",
			dir);
	else if (code < 0 && code != -EBUSY)
		err_set(err, code, "%s: cannot be unmounted: %s", dir,
			strerror(-code));
	return code < 0 && has_gone(m->id) ? 0 : code;
}

int unmount(const char *dir, uint64_t id, bool lazy, struct err *err)
{
	struct mounted m = { 0 };
	int r = mountinfo_get(id, &m);

	if (r == 0) {
		r = lazy ? detach(id) : take_away(&m);
		r = try_otherwise(dir, &m, lazy, r, err);
	}
	mounted_clear(&m);
	return r == -ENOENT ? 0 : r;
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
		if (dead)
			r = unmount(dir, t.mount_id, true, err);
		target_release(&t);
		if (r < 0 || !dead)
			return r < 0 ? r : i;
	}
	return err_set(err, -ELOOP,
		       "%s: more than %d dead mounts over each other", dir,
		       STACK_MAX);
}

void unmount_holders(uint64_t id, char *buf, size_t size)
{
	struct holders h = { 0 };

	buf[0] = '\0';
	if (holders_find(id, &h) == 0)
		holders_describe(&h, buf, size);
	holders_release(&h);
	if (!buf[0])
		snprintf(buf, size, "a process that cannot be seen from here");
}

int unmount_busy(const char *dir, uint64_t id, struct err *err)
{
	char who[768];

	unmount_holders(id, who, sizeof(who));
	return err_set(err, -EBUSY,
		       "%s: busy, held by %s. End it, or detach the mount: "
		       "idemfs umount --lazy %s",
		       dir, who, dir);
}
