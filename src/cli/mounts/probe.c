/* SPDX-License-Identifier: MIT */
#include "cli/mounts/probe.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/util.h"
#include "cli/mounts/target.h"
#include "cli/mounts/trust.h"
#include "mount/mountpoint/mountinfo.h"

#define PATIENCE_MS 10000

/* The pipe closes when the child ends, answered or not. */
static void __attribute__((noreturn)) ask(const char *dir)
{
	struct statx st;

	(void)statx(AT_FDCWD, dir, AT_STATX_FORCE_SYNC, STATX_CTIME, &st);
	_exit(0);
}

/* The daemon of a user that we do not trust need never answer. */
static bool is_never_asked(const char *dir)
{
	struct mounted m = { 0 };
	bool never = mountinfo_get(target_mount_id(dir), &m) == 0 && m.idemfs &&
		     !trust_owner(m.owner);

	mounted_clear(&m);
	return never;
}

int probe(const char *dir, struct err *err)
{
	struct pollfd p = { .events = POLLIN };
	int ends[2], n;
	pid_t pid;

	if (is_never_asked(dir))
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return 0;
	pid = fork();
	if (pid == 0)
		ask(dir);
	close_fd(ends[1]);
	p.fd = ends[0];
	do
		n = pid < 0 ? 1 : poll(&p, 1, PATIENCE_MS);
	while (n < 0 && errno == EINTR);
	close_fd(ends[0]);
	if (n == 0)
		kill(pid, SIGKILL);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (n != 0)
		return 0;
	return err_set(err, -ETIMEDOUT,
		       "%s: its daemon does not answer: it is stopped, or "
		       "waits for a disk. Look for \"idemfs\" in ps, or detach "
		       "the mount: idemfs umount --lazy %s",
		       dir, dir);
}
