/* SPDX-License-Identifier: MIT */
#include "cli/job/spawn.h"

#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/util.h"

struct plan {
	char **argv;
	int dir;
	const char *pwd;
	const sigset_t *mask;
};

/*
 * The program to execute for @name, as the working directory will be another.
 * Its links are not resolved, since programs look beside them (a Python venv).
 */
static char *find_program(const char *name)
{
	auto_free char *cwd = NULL;
	char *path;

	if (*name == '/' || !strchr(name, '/') || access(name, F_OK) < 0)
		return strdup(name);
	while (!strncmp(name, "./", 2) && name[2] != '/')
		name += 2;
	cwd = getcwd(NULL, 0);
	if (!cwd || asprintf(&path, "%s/%s", cwd, name) < 0)
		return NULL;
	return path;
}

static int become(char **argv, int dir, const char *pwd)
{
	if (dir != SPAWN_HERE && fchdir(dir) < 0)
		return -errno;
	if (pwd)
		setenv("PWD", pwd, 1);
	execvp(argv[0], argv);
	return -errno;
}

static void __attribute__((noreturn))
run_child(const struct plan *p, pid_t parent, int pipe)
{
	int code;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent) /* it died before the line above */
		_exit(EXIT_FAILURE);
	sigprocmask(SIG_SETMASK, p->mask, NULL);
	code = become(p->argv, p->dir, p->pwd);
	/* Without a reader of the pipe, no process waits for the status. */
	_exit(write(pipe, &code, sizeof(code)) == sizeof(code) ? 127 : 126);
}

/* The pipe closes with the exec, or brings the code of what failed. */
static int wait_exec(int pipe)
{
	int code = 0;
	ssize_t n;

	do
		n = read(pipe, &code, sizeof(code));
	while (n < 0 && errno == EINTR);
	return n == sizeof(code) ? code : 0;
}

static int spawn_program(const struct plan *p, pid_t *ret_pid)
{
	pid_t parent = getpid(), pid;
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		run_child(p, parent, ends[1]);
	r = pid < 0 ? -errno : 0;
	close_fd(ends[1]);
	if (r == 0)
		r = wait_exec(ends[0]);
	close_fd(ends[0]);
	if (r < 0 && pid > 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	if (r == 0)
		*ret_pid = pid;
	return r;
}

int spawn(char **argv, int dir, const char *pwd, const sigset_t *mask,
	  pid_t *ret_pid)
{
	struct plan p = { argv, dir, pwd, mask };
	auto_free char *program = dir == SPAWN_HERE ? strdup(argv[0])
						    : find_program(argv[0]);
	char *given = argv[0];
	int r;

	if (!program)
		return -ENOMEM;
	argv[0] = program;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	r = spawn_program(&p, ret_pid);
	argv[0] = given;
	return r;
}

void spawn_reap(void (*ended)(void *arg, pid_t pid, int status), void *arg)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		ended(arg, pid, status);
}
