/* SPDX-License-Identifier: MIT */
/*
 * held CALL[:NAME] PROGRAM [ARG...]: runs PROGRAM, and holds up the first of its
 * processes that comes to the system call CALL (with the path NAME), before the
 * kernel does it.
 *
 * Then it writes "held" to stdout, and waits for a line on stdin: what must
 * happen between two looks of PROGRAM can be made to happen just there.  The
 * exit status is PROGRAM's, 128 + N after a signal; 99 when CALL never came.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define NEVER_CAME 99
#define TICK_MS 10
#define OPTIONS                                                             \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
	 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)

static bool came;  /* to CALL */
static pid_t held; /* 0: nothing is */

static const struct call {
	const char *name;
	long nr;
	int path; /* which argument is one; -1: none */
} calls[] = {
	{ "chdir", SYS_chdir, 0 },     { "execve", SYS_execve, 0 },
	{ "fchdir", SYS_fchdir, -1 },  { "fsync", SYS_fsync, -1 },
	{ "mount", SYS_mount, 1 },     { "openat", SYS_openat, 1 },
	{ "openat2", SYS_openat2, 1 }, { "setsid", SYS_setsid, -1 },
	{ "statx", SYS_statx, 1 },     { "umount2", SYS_umount2, 0 },
};

static const struct call *call; /* that is held up */
static const char *name;	/* NULL: whatever its path is */

static bool find_call(char *word)
{
	char *colon = strchr(word, ':');

	if (colon) {
		*colon = '\0';
		name = colon + 1;
	}
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (!strcmp(calls[i].name, word))
			call = &calls[i];
	return call;
}

static bool has_name(pid_t pid, uint64_t at)
{
	char path[256] = "";
	struct iovec to = { path, strlen(name) + 1 };
	struct iovec from = { (void *)(uintptr_t)at, strlen(name) + 1 };

	return to.iov_len <= sizeof(path) &&
	       process_vm_readv(pid, &to, 1, &from, 1, 0) > 0 &&
	       !strncmp(path, name, sizeof(path));
}

static bool enters(pid_t pid)
{
	struct __ptrace_syscall_info info;

	return ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
	       info.op == PTRACE_SYSCALL_INFO_ENTRY &&
	       (long)info.entry.nr == call->nr &&
	       (!name || (call->path >= 0 &&
			  has_name(pid, info.entry.args[call->path])));
}

/* Has the line come?  The others go on meanwhile. */
static bool is_let_go(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	char c;

	while (poll(&p, 1, TICK_MS) > 0)
		if (read(STDIN_FILENO, &c, 1) != 1 || c == '\n')
			return true;
	return false;
}

/* The signal to hand on to what has stopped with @status. */
static int signal_for(int status)
{
	bool own = status >> 16 || WSTOPSIG(status) == (SIGTRAP | 0x80);

	return own ? 0 : WSTOPSIG(status);
}

static void let_go(void)
{
	ptrace(PTRACE_CONT, held, NULL, 0);
	held = 0;
}

static void go_on(pid_t pid, int status)
{
	ptrace(came ? PTRACE_CONT : PTRACE_SYSCALL, pid, NULL,
	       signal_for(status));
}

static void on_stop(pid_t pid, int status)
{
	if (came || WSTOPSIG(status) != (SIGTRAP | 0x80) || !enters(pid)) {
		go_on(pid, status);
		return;
	}
	came = true;
	held = pid;
	puts("held");
	fflush(stdout);
}

static int watch(pid_t child)
{
	int status;
	pid_t pid;

	for (;;) {
		pid = waitpid(-1, &status, __WALL | (held ? WNOHANG : 0));
		if (pid > 0 && WIFSTOPPED(status))
			on_stop(pid, status);
		else if (pid == child)
			break;
		else if (pid < 0 && errno != EINTR)
			return NEVER_CAME;
		else if (pid == 0 && is_let_go())
			let_go();
	}
	if (!came)
		return NEVER_CAME;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void __attribute__((noreturn)) become(char **argv, int go)
{
	char c;

	dup2(STDERR_FILENO, STDOUT_FILENO);
	if (!freopen("/dev/null", "r", stdin) || read(go, &c, 1) != 1)
		_exit(2);
	close(go);
	execvp(argv[0], argv);
	_exit(127);
}

int main(int argc, char **argv)
{
	int go[2];
	pid_t child;

	if (argc <= 2 || !find_call(argv[1]) || pipe(go) < 0)
		return 2;
	child = fork();
	if (child == 0) {
		close(go[1]);
		become(argv + 2, go[0]);
	}
	if (child < 0 || ptrace(PTRACE_SEIZE, child, NULL, OPTIONS) < 0 ||
	    ptrace(PTRACE_INTERRUPT, child, NULL, NULL) < 0 ||
	    write(go[1], "\n", 1) != 1)
		return 2;
	close(go[1]);
	return watch(child);
}
