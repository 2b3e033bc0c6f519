/* SPDX-License-Identifier: MIT */
/*
 * idemfs run: mount, run a command inside, settle, unmount.
 *
 *	run_parse    the command line
 *	run_mount    the daemon starts as a child, in a session of its own
 *	run_wait     until COMMAND has ended; signals meant for it are passed on
 *	run_unmount  always, however COMMAND ended
 *
 * All signals that matter are blocked and taken one by one with
 * sigtimedwait(2): there is no handler, and no moment at which one could leave
 * the mount behind.  When this process is killed with SIGKILL, both children
 * are told by the kernel.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/param.h>
#include <sys/wait.h>

#include "base/util.h"
#include "cli/args.h"
#include "cli/check.h"
#include "cli/cli.h"
#include "cli/daemon.h"
#include "cli/discarded.h"
#include "cli/failures.h"
#include "cli/holders.h"
#include "cli/spawn.h"
#include "cli/target.h"
#include "cli/unmount.h"

#define SAME_EVENT_MS 1000 /* two signals within are one wish */
#define HURRY_MS 1000	   /* what is left of --drain after a signal */
#define PATH_DEFAULT "/bin:/usr/bin" /* execvp(3)'s, where there is none */
#define RETRY_MS 50		     /* between two attempts to unmount */

static const char help[] =
	"idemfs run: mount, run a command inside, settle, unmount\n"
	"\n"
	"usage: idemfs run [OPTIONS] DIR -- COMMAND [ARG...]\n"
	"\n"
	"COMMAND gets DIR as its working directory; one with a '/' in it is "
	"looked for\nfrom where you are, then from DIR; idemfs' own directory "
	"is the last on its PATH.\nSIGTERM, SIGINT, SIGHUP and SIGQUIT are "
	"passed on to it; a second one, a second or\nmore later, kills it. "
	"The exit status is\nCOMMAND's; 128 + N when "
	"signal N killed it; 127 when it was not found, 126 when\nit cannot "
	"be executed, 125 when idemfs itself failed.\n"
	"\n" ARGS_HELP "  -h, --help            this text\n"
	"\n"
	"example: idemfs run out -- ./pipeline.sh\n";

struct run {
	struct args args;
	char **command;
	int root; /* the backing directory, from before it was covered */
	struct timespec began; /* when the mount answered */
	struct failures log;   /* what was in the log by then */
	uint64_t mount_id;
	sigset_t mask;	 /* as the caller had it */
	sigset_t waited; /* what sigtimedwait() takes */
	pid_t daemon;	 /* 0: has ended */
	int daemon_status;
	pid_t child; /* 0: has ended, or never began */
	int child_status;
	int told; /* the signal that ended it all, or 0 */
	int64_t told_ms;
	bool hurry;   /* a signal came while unmounting */
	bool exposed; /* the mount went before COMMAND did */
};

/* --- command line --------------------------------------------------------- */

static int refuse(const char *what)
{
	cli_error("run: %s. Say: idemfs run DIR -- COMMAND", what);
	return EXIT_RUN_FAILED;
}

/* Options may stand on both sides of DIR when there is a "--". */
static int run_parse(struct run *r, int argc, char **argv)
{
	struct err err = { 0 };
	int words = 1, code, end;

	while (words < argc && strcmp(argv[words], "--"))
		words++;
	end = words < argc ? words + 1 : argc;
	if (args_parse(&r->args, words, argv, words == argc) < 0)
		return EXIT_RUN_FAILED;
	if (r->args.help)
		return EXIT_DONE;
	if (r->args.foreground)
		return refuse("-f is for mount");
	if (optind >= words)
		return refuse("name a directory");
	if (words == argc)
		end = optind + 1;
	else if (words - optind > 1)
		return refuse("too many directories");
	if (end >= argc)
		return refuse("name a command");
	r->command = argv + end;
	code = args_paths(&r->args, argv[optind], argv[optind], &err);
	if (code == 0)
		code = args_finish(&r->args, &err);
	if (code == 0)
		code = check_mount(&r->args, &err);
	if (code < 0)
		cli_say(&err, argv[optind], code);
	return code < 0 ? EXIT_RUN_FAILED : EXIT_DONE;
}

/* --- signals -------------------------------------------------------------- */

static void block_signals(struct run *r)
{
	static const int passed_on[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	sigset_t blocked;

	sigemptyset(&r->waited);
	sigaddset(&r->waited, SIGCHLD);
	for (size_t i = 0; i < ARRAY_SIZE(passed_on); i++) {
		struct sigaction old;

		/* nohup(1) and the like: COMMAND ignores it as well */
		if (sigaction(passed_on[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			sigaddset(&r->waited, passed_on[i]);
	}
	blocked = r->waited;
	sigaddset(&blocked, SIGPIPE); /* stderr may be a pipe that closed */
	sigprocmask(SIG_BLOCK, &blocked, &r->mask);
}

static bool reap(pid_t *pid, int *status)
{
	if (*pid <= 0 || waitpid(*pid, status, WNOHANG) != *pid)
		return false;
	*pid = 0;
	return true;
}

static void on_child_end(struct run *r)
{
	reap(&r->child, &r->child_status);
	if (reap(&r->daemon, &r->daemon_status) && r->child) {
		r->exposed = true;
		cli_error("%s: the mount has gone while %s was running: what "
			  "it writes from here on fails, or is not protected. "
			  "See %s/.idemfs/log",
			  r->args.dir, r->command[0], r->args.dir);
	}
}

/*
 * From the terminal: then COMMAND has it too.  But when the terminal goes, the
 * leader of its session alone is told.
 */
static bool has_it_too(const siginfo_t *info)
{
	return info->si_code > 0 &&
	       !(info->si_signo == SIGHUP && getsid(0) == getpid());
}

static void on_signal(struct run *r, const siginfo_t *info)
{
	int64_t now = now_ms();

	if (has_it_too(info)) {
		r->hurry = r->hurry || !r->child;
		return;
	}
	/* timeout(1), for one, sends to the process and then to its group. */
	if (r->told && now - r->told_ms < SAME_EVENT_MS)
		return;
	if (r->child)
		kill(r->child, r->told ? SIGKILL : info->si_signo);
	else
		r->hurry = true;
	r->told = info->si_signo;
	r->told_ms = now;
}

/* Takes one signal, waiting at most @ms for it (-1: as long as it takes). */
static void next_event(struct run *r, int64_t ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
	siginfo_t info;
	int sig;

	sig = ms < 0 ? sigwaitinfo(&r->waited, &info)
		     : sigtimedwait(&r->waited, &info, &t);
	if (sig == SIGCHLD)
		on_child_end(r);
	else if (sig > 0)
		on_signal(r, &info);
}

/* --- from start to end ---------------------------------------------------- */

static int run_mount(struct run *r)
{
	struct daemon_plan plan = {
		.args = &r->args,
		.tied = true,
		.mask = &r->mask,
	};

	r->root = open(r->args.backing, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->root < 0) {
		cli_say(NULL, r->args.dir, -errno);
		return -errno;
	}
	if (daemon_start(&plan, &r->daemon) < 0)
		return -ECHILD;
	/* What a crash had left was moved to quarantine before this. */
	clock_gettime(CLOCK_REALTIME, &r->began);
	failures_begin(&r->log, r->root);
	r->mount_id = target_mount_id(r->args.mountpoint);
	return 0;
}

/* Is @dir one of those in @path? */
static bool has_entry(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	for (; path; path = strchr(path, ':')) {
		path += *path == ':';
		if (!strncmp(path, dir, n) && (!path[n] || path[n] == ':'))
			return true;
	}
	return false;
}

/*
 * So that a script finds `idemfs step` where PATH has little in it, as under
 * cron.  Last, lest it change which python a script gets.
 */
static void add_to_path(void)
{
	const char *path = getenv("PATH");
	auto_free char *own = realpath("/proc/self/exe", NULL), *all = NULL;
	char *slash = own ? strrchr(own, '/') : NULL;

	if (!slash || slash == own)
		return;
	*slash = '\0';
	path = path && *path ? path : PATH_DEFAULT;
	if (!has_entry(path, own) && asprintf(&all, "%s:%s", path, own) >= 0)
		setenv("PATH", all, 1);
}

/* Starts COMMAND; an exit status other than 0 when it could not. */
static int run_spawn(struct run *r)
{
	sigset_t pending;
	int code;

	/* A signal that came while the mount was made finds no COMMAND. */
	sigpending(&pending);
	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGCHLD && sigismember(&pending, sig) == 1 &&
		    sigismember(&r->waited, sig) == 1)
			return EXIT_SIGNAL + sig;

	code = spawn(r->command, r->args.mountpoint, &r->mask, &r->child);
	if (code == 0)
		return 0;
	if (code == -ENOENT || code == -ENOTDIR) {
		cli_error("%s: no such command, or its interpreter is missing",
			  r->command[0]);
		return EXIT_NOT_FOUND;
	}
	cli_error("%s: cannot be executed: %s", r->command[0], strerror(-code));
	return EXIT_NOT_EXECUTABLE;
}

/* Processes of this job that sit in the mount hear of the signal too: a shell
 * that was told to end does not tell its children. */
static void tell_holders(const struct run *r)
{
	struct holders h = { 0 };

	if (holders_find(r->mount_id, &h) < 0)
		return;
	for (size_t i = 0; i < h.count; i++)
		if (h.items[i].pid != getpid() &&
		    getpgid(h.items[i].pid) == getpgrp())
			kill(h.items[i].pid, r->told);
	holders_release(&h);
}

/* Out of the tree now; the daemon waits --drain for what is still open. */
static void detach(struct run *r)
{
	struct err err = { 0 };
	char who[768];
	int code;

	unmount_holders(r->args.mountpoint, who, sizeof(who));
	cli_error("%s: still held by %s. Unmounted all the same", r->args.dir,
		  who);
	code = unmount(r->args.mountpoint, true, &err);
	if (code < 0)
		cli_say(&err, r->args.dir, code);
	kill(r->daemon, SIGTERM);
}

/* One attempt: true when there is nothing more to try. */
static bool try_unmount(struct run *r)
{
	struct err err = { 0 };
	int code;

	/* Never another filesystem's mount, should ours have gone. */
	if (target_mount_id(r->args.mountpoint) != r->mount_id) {
		kill(r->daemon, SIGTERM);
		return true;
	}
	code = unmount(r->args.mountpoint, false, &err);
	if (code == -EBUSY)
		return false;
	if (code < 0) {
		cli_say(&err, r->args.dir, code);
		kill(r->daemon, SIGTERM);
	}
	return true;
}

/* Until it is unmounted or nobody is waited for any longer. */
static void settle(struct run *r)
{
	int64_t deadline = now_ms() + r->args.opt.drain_ms;
	bool told = false, hurried = false;

	while (r->daemon && !try_unmount(r)) {
		if (r->told && !told)
			tell_holders(r);
		told = r->told;
		if (r->hurry && !hurried)
			deadline = MIN(deadline, now_ms() + HURRY_MS);
		hurried = r->hurry;
		if (now_ms() >= deadline) {
			detach(r);
			return;
		}
		next_event(r, RETRY_MS);
	}
}

static void run_unmount(struct run *r)
{
	struct err err = { 0 };

	settle(r);
	while (r->daemon)
		next_event(r, -1);
	if (unmount_dead(r->args.mountpoint, &err) < 0)
		cli_error("%s", err.text);
}

static int exit_status(const struct run *r)
{
	int status = WIFSIGNALED(r->child_status)
			     ? EXIT_SIGNAL + WTERMSIG(r->child_status)
			     : WEXITSTATUS(r->child_status);

	if (r->exposed)
		return EXIT_RUN_FAILED;
	if (r->daemon_status == 0)
		return status;
	if (WIFSIGNALED(r->daemon_status))
		cli_error("%s: the daemon was killed by signal %d", r->args.dir,
			  WTERMSIG(r->daemon_status));
	else
		cli_error(
			"%s: the daemon reports a failure; see %s/.idemfs/log",
			r->args.dir, r->args.dir);
	return status ? status : EXIT_RUN_FAILED;
}

static int run_all(struct run *r, int argc, char **argv)
{
	int status = run_parse(r, argc, argv), ended;

	if (status != EXIT_DONE)
		return status;
	if (r->args.help)
		return cli_print(help);
	block_signals(r);
	add_to_path();
	if (run_mount(r) < 0)
		return EXIT_RUN_FAILED;
	status = run_spawn(r);
	while (r->child)
		next_event(r, -1);
	run_unmount(r);
	ended = exit_status(r);
	failures_tell_marks(&r->log, r->root, r->args.dir);
	discarded_tell(r->root, r->args.dir, &r->began);
	return status ? status : ended;
}

static int run_main(int argc, char **argv)
{
	struct run r = { .root = -1 };
	int status;

	args_init(&r.args);
	status = run_all(&r, argc, argv);
	args_release(&r.args);
	close_fd(r.root);
	return status;
}

const struct command command_run = { "run", run_main, help };
