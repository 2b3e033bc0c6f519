/* SPDX-License-Identifier: MIT */
#include "cli/mounts/daemon.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/util.h"
#include "cli/screen/say.h"
#include "mount/serve/serve.h"

/* The message in the pipe: the mount answers, or why it does not. */
struct report {
	int code;
	struct err err;
};

/* The argument of the callback for when the mount answers. */
struct ready {
	int pipe; /* the caller waits at its other end; -1: it does not */
	bool said;
};

static int send_report(int pipe, int code, const struct err *err)
{
	struct report r = { .code = code };

	if (err)
		r.err = *err;
	return write(pipe, &r, sizeof(r)) == sizeof(r) ? 0 : -EPIPE;
}

/* Lets go of the terminal: from here on, messages go to the log. */
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
	if (send_report(ready->pipe, 0, NULL) < 0)
		kill(getpid(), SIGTERM);
	close_fd(steal_fd(&ready->pipe));
}

/* Says what went wrong: to the caller, if it waits, else on stderr. */
static void tell(const struct args *a, struct ready *ready, int code,
		 struct err *err)
{
	if (!err->text[0])
		err_set(err, code, "%s: %s", a->mountpoint, strerror(-code));
	if (ready->pipe < 0)
		say_failure(err, a->mountpoint, code);
	else
		(void)send_report(ready->pipe, code, err);
}

static int serve(const struct args *a, struct ready *ready, pid_t tied_to)
{
	struct mount_user user = { on_ready, ready, tied_to };
	struct mount *m = NULL;
	struct err err = { 0 };
	int r;

	r = mount_start(&a->opt, a->backing, a->mountpoint, a->fuse_opts, &m,
			&err);
	if (r == 0) {
		r = mount_serve(m, &user, &err);
		mount_free(m);
	}
	if (r == 0 && !ready->said)
		r = err_set(&err, -ECANCELED,
			    "%s: unmounted before the mount answered", a->dir);
	if (r < 0)
		tell(a, ready, r, &err);
	return r < 0 ? EXIT_FAILED : EXIT_DONE;
}

int daemon_serve(const struct args *a)
{
	struct ready ready = { .pipe = -1 };

	/* A write into a pipe without a reader is an error, not the end. */
	signal(SIGPIPE, SIG_IGN);
	return serve(a, &ready, 0);
}

/*
 * Closes descriptors of the caller: the reader of a pipe that is held open
 * would wait as long as the mount lives.
 */
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
	exit(serve(plan->args, &ready, plan->tied ? parent : 0));
}

/* Waits for the report, or for the end of a daemon that never made one. */
static int wait_report(int pipe, struct report *ret)
{
	ssize_t n;

	do
		n = read(pipe, ret, sizeof(*ret));
	while (n < 0 && errno == EINTR);
	return n == sizeof(*ret) ? 0 : -ECHILD;
}

static int explain_silence(int status, const char *dir, struct err *err)
{
	if (WIFSIGNALED(status))
		return err_set(err, -ECHILD,
			       "%s: the daemon was killed by signal %d before "
			       "the mount answered",
			       dir, WTERMSIG(status));
	return err_set(err, -ECHILD,
		       "%s: the daemon ended before the mount answered", dir);
}

/* Waits until the mount answers, or until the daemon ends: why, in @err. */
static int wait_ready(int pipe, pid_t pid, const char *dir, struct err *err)
{
	struct report report = { 0 };
	int r = wait_report(pipe, &report), status = 0;

	if (r == 0 && report.code == 0)
		return 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (r < 0)
		return explain_silence(status, dir, err);
	*err = report.err;
	return report.code;
}

int daemon_start(const struct daemon_plan *plan, pid_t *ret_pid,
		 struct err *err)
{
	pid_t parent = getpid(), pid;
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		close_fd(ends[0]);
		run_child(plan, parent, ends[1]);
	}
	r = pid < 0 ? -errno : 0;
	close_fd(ends[1]);
	if (r == 0)
		r = wait_ready(ends[0], pid, plan->args->dir, err);
	close_fd(ends[0]);
	if (r == 0)
		*ret_pid = pid;
	return r;
}
