/* SPDX-License-Identifier: MIT */
#include "cli/daemon.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/util.h"
#include "cli/cli.h"
#include "mount/mount.h"

#define READY_BYTE "+"

/* What mount_serve() is given to call when the mount answers. */
struct ready {
	int pipe; /* the caller waits at its other end; -1: nobody does */
	bool said;
};

/* Lets go of the terminal: from here on, the log is where things are said. */
static void leave_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (null > STDERR_FILENO)
		close_fd(null);
}

static void on_ready(void *arg)
{
	struct ready *ready = arg;

	ready->said = true;
	if (ready->pipe < 0)
		return;
	leave_stdio();
	/* A caller that has gone meanwhile (Ctrl-C) wants no mount. */
	if (write(ready->pipe, READY_BYTE, 1) != 1)
		kill(getpid(), SIGTERM);
	close_fd(steal_fd(&ready->pipe));
}

static int serve(const struct args *a, struct ready *ready)
{
	struct mount *m = NULL;
	struct err err = { 0 };
	int r;

	r = mount_start(&a->opt, a->backing, a->mountpoint, a->fuse_opts, &m,
			&err);
	if (r < 0) {
		cli_say(&err, a->mountpoint, r);
		return EXIT_FAILED;
	}
	r = mount_serve(m, on_ready, ready, &err);
	mount_free(m);
	if (r < 0 || !ready->said) {
		cli_say(&err, a->mountpoint, r < 0 ? r : -EIO);
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

int daemon_serve(const struct args *a)
{
	struct ready ready = { .pipe = -1 };

	/* A write into a pipe nobody reads is an error, not the end. */
	signal(SIGPIPE, SIG_IGN);
	return serve(a, &ready);
}

/* Closes what came from the caller: a pipe held open would keep whoever reads
 * it waiting as long as the mount lives. */
static void close_inherited(int keep)
{
	if (keep > STDERR_FILENO + 1)
		close_range(STDERR_FILENO + 1, (unsigned int)keep - 1, 0);
	close_range((unsigned int)keep + 1, UINT_MAX, 0);
}

static void __attribute__((noreturn))
run_child(const struct daemon_plan *plan, pid_t parent, int pipe)
{
	struct ready ready = { .pipe = pipe };

	setsid();
	if (plan->tied) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent) /* it died before the line above */
			_exit(EXIT_FAILED);
	}
	signal(SIGPIPE, SIG_IGN);
	if (plan->mask)
		sigprocmask(SIG_SETMASK, plan->mask, NULL);
	close_inherited(pipe);
	if (chdir("/") < 0)
		_exit(EXIT_FAILED);
	exit(serve(plan->args, &ready));
}

/* Waits for the byte, or for the end of a daemon that never said it. */
static int wait_ready(int pipe)
{
	char byte;
	ssize_t n;

	do
		n = read(pipe, &byte, 1);
	while (n < 0 && errno == EINTR);
	return n == 1 ? 0 : -ECHILD;
}

/* It ended before the mount answered: says so, unless it has done itself. */
static void explain_end(pid_t pid, const char *dir)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return;
	if (WIFSIGNALED(status))
		cli_error("%s: the daemon was killed by signal %d before the "
			  "mount answered",
			  dir, WTERMSIG(status));
	else if (WEXITSTATUS(status) == EXIT_DONE)
		cli_error("%s: unmounted before the mount answered", dir);
}

int daemon_start(const struct daemon_plan *plan, pid_t *ret_pid)
{
	pid_t parent = getpid(), pid;
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		cli_say(NULL, "pipe", -errno);
		return -ECHILD;
	}
	pid = fork();
	if (pid == 0) {
		close_fd(ends[0]);
		run_child(plan, parent, ends[1]);
	}
	close_fd(ends[1]);
	if (pid < 0) {
		cli_say(NULL, "fork", -errno);
		close_fd(ends[0]);
		return -ECHILD;
	}
	r = wait_ready(ends[0]);
	close_fd(ends[0]);
	if (r < 0)
		explain_end(pid, plan->args->mountpoint);
	else
		*ret_pid = pid;
	return r;
}
