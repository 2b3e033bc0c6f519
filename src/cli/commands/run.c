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
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/param.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "base/util.h"
#include "cli/args/args.h"
#include "cli/args/command.h"
#include "cli/job/session.h"
#include "cli/job/spawn.h"
#include "cli/mounts/claim.h"
#include "cli/mounts/daemon.h"
#include "cli/mounts/holders.h"
#include "cli/mounts/join.h"
#include "cli/mounts/unmount.h"
#include "cli/read/discarded.h"
#include "cli/read/failures.h"
#include "cli/screen/say.h"
#include "mount/mountpoint/mountinfo.h"

#define SAME_EVENT_MS 1000 /* two signals within are one wish */
#define HURRY_MS 1000	   /* what is left of --drain after a signal */
#define PATH_DEFAULT "/bin:/usr/bin" /* execvp(3)'s, where there is none */
#define RETRY_MS 50		     /* between two attempts to unmount */

struct run {
	struct args args;
	char **command;
	struct join join;      /* our part in the mount */
	struct timespec began; /* when the mount answered */
	struct failures log;   /* what was in the log by then */
	sigset_t mask;	       /* as the caller had it */
	sigset_t waited;       /* what @signals takes */
	int signals;	       /* signalfd(2) */
	bool serving;	       /* the daemon has not ended */
	pid_t daemon;	       /* our child, or 0 */
	int daemon_status;     /* of our child */
	struct session session;
	pid_t child; /* 0: has ended, or never began */
	int child_status;
	int told; /* the signal that ended it all, or 0 */
	int64_t told_ms;
	bool hurry;   /* a signal came while unmounting */
	bool exposed; /* the mount went before COMMAND did */
	bool left;    /* others go on with the mount */
	bool failed;  /* something that was said */
};

/* --- command line --------------------------------------------------------- */

static int refuse(const char *what)
{
	say_error("run: %s. Say: idemfs run DIR -- COMMAND", what);
	return EXIT_RUN_FAILED;
}

/*
 * Options, DIR and where COMMAND begins.  Options may stand on both sides of
 * DIR when there is a "--".
 */
static bool read_words(struct run *r, int argc, char **argv, int *ret_status)
{
	struct command c = command_run;
	const char *wrong = NULL;
	int words = 1, end;

	while (words < argc && strcmp(argv[words], "--"))
		words++;
	c.in_order = words == argc;
	if (!command_read(&c, words, argv, &r->args, ret_status))
		return false;
	end = c.in_order ? optind + 1 : words + 1;
	if (r->args.wait && r->args.no_join)
		wrong = "--wait or --no-join, not both";
	else if (optind >= words)
		wrong = "name a directory";
	else if (!c.in_order && words - optind > 1)
		wrong = "too many directories";
	else if (end >= argc)
		wrong = "name a command";
	if (wrong)
		*ret_status = refuse(wrong);
	r->command = argv + end;
	return !wrong;
}

static bool run_parse(struct run *r, int argc, char **argv, int *ret_status)
{
	struct err err = { 0 };
	int code;

	if (!read_words(r, argc, argv, ret_status))
		return false;
	*ret_status = EXIT_RUN_FAILED;
	code = args_paths(&r->args, argv[optind], argv[optind], &err);
	if (code == 0)
		code = args_finish(&r->args, &err);
	if (code < 0)
		say_failure(&err, argv[optind], code);
	return code == 0;
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
	r->signals = signalfd(-1, &r->waited, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* What COMMAND left behind has no say in how this ends. */
static void on_child_end(void *arg, pid_t pid, int status)
{
	struct run *r = arg;

	if (pid == r->child) {
		r->child = 0;
		r->child_status = status;
	} else if (pid == r->daemon) {
		r->daemon = 0;
		r->daemon_status = status;
	}
}

static void on_daemon_end(struct run *r)
{
	r->serving = false;
	if (!r->child)
		return;
	r->exposed = true;
	say_error("%s: the mount has gone while %s was running: what it "
		  "writes from here on fails, or is not protected. See "
		  "%s/.idemfs/log",
		  r->args.dir, r->command[0], r->args.dir);
}

/*
 * Is it from the terminal, so that COMMAND has it, too?  But when the terminal
 * goes, only the leader of its session gets a signal.
 */
static bool has_it_too(const struct signalfd_siginfo *info)
{
	return info->ssi_code > 0 &&
	       !(info->ssi_signo == SIGHUP && getsid(0) == getpid());
}

static void on_signal(struct run *r, const struct signalfd_siginfo *info)
{
	int sig = (int)info->ssi_signo;
	int64_t now = now_ms();

	if (has_it_too(info)) {
		r->hurry = r->hurry || !r->child;
		return;
	}
	/* timeout(1), for one, sends to the process and then to its group. */
	if (r->told && now - r->told_ms < SAME_EVENT_MS)
		return;
	if (r->child)
		kill(r->child, r->told ? SIGKILL : sig);
	else
		r->hurry = true;
	r->told = sig;
	r->told_ms = now;
}

static void take_signals(struct run *r)
{
	struct signalfd_siginfo info;

	while (read(r->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGCHLD)
			on_signal(r, &info);
		else
			spawn_reap(on_child_end, r);
	}
}

/* Waits at most @ms for one (-1: as long as it takes). */
static void next_event(struct run *r, int64_t ms)
{
	struct pollfd p[] = {
		{ .fd = r->signals, .events = POLLIN },
		{ .fd = r->serving ? r->join.ending.pidfd : -1,
		  .events = POLLIN },
	};

	if (poll(p, ARRAY_SIZE(p), (int)ms) <= 0)
		return;
	if (p[0].revents)
		take_signals(r);
	if (p[1].revents)
		on_daemon_end(r);
}

/* --- from start to end ---------------------------------------------------- */

/* Ends a daemon that we have started and could not enter. */
static void end_daemon(struct run *r)
{
	if (!r->daemon)
		return;
	kill(r->daemon, SIGTERM);
	while (waitpid(r->daemon, NULL, 0) < 0 && errno == EINTR)
		;
	r->daemon = 0;
}

/* Makes a mount, or finds that of another run, to be joined. */
static int run_claim(struct run *r, struct claim *c, struct err *err)
{
	struct daemon_plan plan = {
		.args = &r->args,
		.tied = true,
		.mask = &r->mask,
	};
	struct target t = { .root_fd = -1 };
	int code = claim_mount(c, &plan, &r->daemon, &t, err);

	if (code == CLAIM_JOIN)
		code = join_agrees(&t, &r->args, err);
	target_release(&t);
	return code;
}

/* Where our daemon has mounted, unless the path leads elsewhere by now. */
static int run_join(struct run *r, struct err *err)
{
	int code = join_enter(r->args.mountpoint, &r->join, err);

	if (code < 0 || !r->daemon || r->join.ending.pid == r->daemon)
		return code;
	join_release(&r->join);
	return err_set(err, -ESTALE,
		       "%s: leads to another mount by now. See who can rename "
		       "what is on this path",
		       r->args.dir);
}

static int run_mount(struct run *r)
{
	struct claim c = { .args = &r->args,
			   .joins = !r->args.no_join,
			   .waits = r->args.wait };
	struct err err = { 0 };
	int code;

	do {
		code = run_claim(r, &c, &err);
		if (code == 0)
			code = run_join(r, &err);
		if (code < 0)
			end_daemon(r);
	} while (code == -EAGAIN);
	if (code < 0) {
		say_failure(&err, r->args.dir, code);
		return code;
	}
	r->serving = true;
	/* What a crash had left was moved to quarantine before this. */
	clock_gettime(CLOCK_REALTIME, &r->began);
	failures_begin(&r->log, r->join.root);
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

/* A signal that came while the mount was made finds no COMMAND. */
static int told_before(const struct run *r)
{
	sigset_t pending;

	sigpending(&pending);
	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGCHLD && sigismember(&pending, sig) == 1 &&
		    sigismember(&r->waited, sig) == 1)
			return EXIT_SIGNAL + sig;
	return 0;
}

/* COMMAND is run all the same when its changes are not told from others'. */
static void begin_session(struct run *r, int root)
{
	const char *id = r->args.opt.run_id;
	int code = session_begin(root, SESSION_RUN, id ? id : "run", r->command,
				 &r->session);

	/* Nothing can be changed on a read-only mount. */
	if (code < 0 && code != -EROFS)
		say_error("%s: changes of %s are not told from those of "
			  "others: %s",
			  r->args.dir, r->command[0],
			  code == -EINVAL ? "its mount is of an older idemfs"
					  : strerror(-code));
}

/* COMMAND enters this very mount: a path may lead around it. */
static int run_enter(struct run *r)
{
	auto_fd dir = mountinfo_open(r->join.mount_id);

	if (dir < 0)
		return dir == -ENOENT ? -ESTALE : dir;
	begin_session(r, dir);
	return spawn(r->command, dir, r->args.mountpoint, &r->mask, &r->child);
}

/* Starts COMMAND; an exit status other than 0 when it could not. */
static int run_spawn(struct run *r)
{
	int code = told_before(r);

	if (code)
		return code;
	code = run_enter(r);
	if (code == 0)
		return 0;
	if (code == -ENOENT || code == -ENOTDIR) {
		say_error("%s: no such command, or its interpreter is missing",
			  r->command[0]);
		return EXIT_NOT_FOUND;
	}
	say_error("%s: cannot be executed: %s", r->command[0], strerror(-code));
	return EXIT_NOT_EXECUTABLE;
}

/*
 * Processes of this job that are in the mount get the signal, too: a shell that
 * was told to end does not pass it on to its children.
 */
static void tell_holders(const struct run *r)
{
	struct holders h = { 0 };

	if (holders_find(r->join.mount_id, &h) < 0)
		return;
	for (size_t i = 0; i < h.count; i++)
		if (h.items[i].pid != getpid() &&
		    getpgid(h.items[i].pid) == getpgrp())
			kill(h.items[i].pid, r->told);
	holders_release(&h);
}

static void say_failed(struct run *r, const struct err *err, int code)
{
	say_failure(err, r->args.dir, code);
	r->failed = true;
}

static void tell_daemon(const struct run *r)
{
	kill(r->join.ending.pid, SIGTERM);
}

/* Out of the tree now; the daemon waits --drain for what is still open. */
static void detach(struct run *r)
{
	struct err err = { 0 };
	char who[768];
	int code;

	unmount_holders(r->join.mount_id, who, sizeof(who));
	say_error("%s: still held by %s. Unmounted all the same", r->args.dir,
		  who);
	code = unmount(r->args.dir, r->join.mount_id, true, &err);
	if (code < 0)
		say_failed(r, &err, code);
	tell_daemon(r);
}

/* One attempt: true when there is nothing more to try. */
static bool try_unmount(struct run *r)
{
	struct err err = { 0 };
	int code = join_leave(&r->join, r->args.mountpoint, &err);

	r->left = code != 0;
	if (code == 0)
		code = unmount(r->args.dir, r->join.mount_id, false, &err);
	if (code == -EBUSY && !r->left)
		return false;
	if (code < 0)
		say_failed(r, &err, code);
	if (code < 0 && !r->left)
		tell_daemon(r);
	return true;
}

/* Until it is unmounted, or there is nothing left to wait for. */
static void settle(struct run *r)
{
	int64_t deadline = now_ms() + r->args.opt.drain_ms;
	bool told = false, hurried = false;

	while (r->serving && !try_unmount(r)) {
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

/* Waits until the daemon has ended, which a copy of the mount may delay. */
static void wait_daemon(struct run *r)
{
	int64_t patience = now_ms() + ENDING_PATIENCE_MS;

	while (r->serving && now_ms() < patience)
		next_event(r, MAX(patience - now_ms(), 0));
	if (r->serving)
		ending_hurry(&r->join.ending, r->args.dir);
	while (r->serving)
		next_event(r, -1);
	while (r->daemon && waitpid(r->daemon, &r->daemon_status, 0) < 0 &&
	       errno == EINTR)
		;
}

static void run_unmount(struct run *r)
{
	struct err err = { 0 };

	settle(r);
	if (r->left)
		return;
	wait_daemon(r);
	if (unmount_dead(r->args.mountpoint, &err) < 0)
		say_error("%s", err.text);
}

/* How the daemon has ended: 0, or -errno once it was said. */
static int judge_daemon(const struct run *r)
{
	struct err err = { 0 };
	int code;

	if (WIFSIGNALED(r->daemon_status)) {
		say_error("%s: the daemon was killed by signal %d", r->args.dir,
			  WTERMSIG(r->daemon_status));
		return -EIO;
	}
	code = ending_tell(&r->join.ending, r->args.dir, &err);
	if (code < 0)
		say_failure(&err, r->args.dir, code);
	return code;
}

static int status_of_child(const struct run *r)
{
	return WIFSIGNALED(r->child_status)
		       ? EXIT_SIGNAL + WTERMSIG(r->child_status)
		       : WEXITSTATUS(r->child_status);
}

static int exit_status(struct run *r)
{
	int status = status_of_child(r);

	if (r->exposed)
		return EXIT_RUN_FAILED;
	if (!r->left && judge_daemon(r) < 0)
		r->failed = true;
	return r->failed && !status ? EXIT_RUN_FAILED : status;
}

static int run_all(struct run *r)
{
	int status, ended;

	block_signals(r);
	add_to_path();
	if (run_mount(r) < 0) {
		status = told_before(r);
		return status ? status : EXIT_RUN_FAILED;
	}
	status = run_spawn(r);
	while (r->child)
		next_event(r, -1);
	session_end(&r->session, status ? status : status_of_child(r));
	run_unmount(r);
	ended = exit_status(r);
	failures_tell_marks(&r->log, r->join.root, r->args.dir);
	discarded_tell(r->join.root, r->args.dir, &r->began);
	return status ? status : ended;
}

static int run_main(int argc, char **argv)
{
	struct run r = { .join = JOIN_CLOSED,
			 .signals = -1,
			 .session = SESSION_CLOSED };
	int status;

	args_init(&r.args);
	if (run_parse(&r, argc, argv, &status))
		status = run_all(&r);
	args_release(&r.args);
	close_fd(r.signals);
	join_release(&r.join);
	return status;
}

const struct command command_run = {
	.name = "run",
	.purpose = "mount, run a command inside, settle, unmount",
	.run = run_main,
	.usage =
		"usage: idemfs run [OPTIONS] DIR -- COMMAND [ARG...]\n"
		"\n"
		"COMMAND gets DIR as its working directory; one with a '/' in it is looked for\n"
		"from where you are, then from DIR; idemfs' own directory is the last on its PATH.\n"
		"SIGTERM, SIGINT, SIGHUP and SIGQUIT are passed on to it; a second one, a second or\n"
		"more later, kills it. The exit status is\n"
		"COMMAND's; 128 + N when signal N killed it; 127 when it was not found, 126 when\n"
		"it cannot be executed, 125 when idemfs itself failed.\n"
		"\n"
		"A second run on DIR joins the mount of the first, if its options are the same;\n"
		"the last one that ends unmounts.\n",
	.notes = "example: idemfs run out -- ./pipeline.sh\n",
	.options = ARGS_OPTIONS,
	.misuse = EXIT_RUN_FAILED,
};
