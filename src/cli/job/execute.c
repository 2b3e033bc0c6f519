/* SPDX-License-Identifier: MIT */
#include "cli/job/execute.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/util.h"
#include "cli/job/spawn.h"
#include "cli/screen/say.h"

struct child {
	pid_t pid;
	bool ended;
	int status;
};

static void on_end(void *arg, pid_t pid, int status)
{
	struct child *c = arg;

	if (pid != c->pid)
		return;
	c->ended = true;
	c->status = status;
}

static int wait_child(struct child *c, const sigset_t *set)
{
	siginfo_t info;

	while (!c->ended) {
		int sig = sigwaitinfo(set, &info);

		if (sig == SIGCHLD)
			spawn_reap(on_end, c);
		/* COMMAND has the signals of the terminal, too. */
		else if (sig > 0 && info.si_code <= 0)
			kill(c->pid, sig);
	}
	return WIFSIGNALED(c->status) ? EXIT_SIGNAL + WTERMSIG(c->status)
				      : WEXITSTATUS(c->status);
}

static int refuse(const char *what, const char *command, int code)
{
	if (code == -ENOENT || code == -ENOTDIR) {
		say_error("%s: %s: no such command, or its interpreter is "
			  "missing",
			  what, command);
		return EXIT_NOT_FOUND;
	}
	say_error("%s: %s: cannot be executed: %s", what, command,
		  strerror(-code));
	return EXIT_NOT_EXECUTABLE;
}

int execute(const char *what, char **argv, bool *ret_ran)
{
	static const int taken[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP,
				     SIGQUIT };
	struct child c = { 0 };
	sigset_t set, mask;
	int r;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		sigaddset(&set, taken[i]);
	sigprocmask(SIG_BLOCK, &set, &mask);
	r = spawn(argv, SPAWN_HERE, NULL, &mask, &c.pid);
	*ret_ran = r == 0;
	r = r == 0 ? wait_child(&c, &set) : refuse(what, argv[0], r);
	/* Ctrl-C must end what may be waited for now. */
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return r;
}
