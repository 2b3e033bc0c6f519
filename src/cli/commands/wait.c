/* SPDX-License-Identifier: MIT */
/*
 * idemfs wait: blocks until marks exist.
 *
 * Nothing is polled: inotify tells when a name appears.  The marks are watched
 * where they are kept, in the state directory, so that a wait may begin before
 * the first mount, and go on over an unmount.  If they cannot be reached (the
 * mount of another user), .checkpoints itself is watched.
 *
 * A directory is watched before it is looked at, so no name is missed; what an
 * event says does not matter, since all is looked at again.
 */
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "base/sys.h"
#include "base/util.h"
#include "cli/args/command.h"
#include "cli/mounts/statedir.h"
#include "cli/screen/say.h"
#include "idemfs/control.h"

#define EXIT_TIMEOUT 124 /* as timeout(1) */

struct wait {
	const char *dir;
	/* what @prefix starts from; -1: the mount of another user, which an
	 * open descriptor would keep busy */
	int root;
	char *prefix; /* of the marks */
	int inotify;
	int64_t timeout_ms; /* -1: none */
	bool unmounted;	    /* it was unmounted meanwhile */
};

/* --- looking -------------------------------------------------------------- */

static int watch(struct wait *w, int dirfd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", dirfd);
	return inotify_add_watch(w->inotify, path,
				 IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0
		       ? -errno
		       : 0;
}

static bool is_there(int dirfd, const char *name)
{
	return faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/*
 * Opens the directory @name below *@fd, as *@fd: 0, or -ENOENT when it is not
 * there yet.  The root of the tree is watched only while its state directory is
 * missing: much else happens there.
 */
static int descend(struct wait *w, int root, int *fd, const char *name,
		   bool last)
{
	int next, r = 0;

	if (*fd != root || !is_there(*fd, name))
		r = watch(w, *fd);
	if (r < 0)
		return r;
	if (last)
		return is_there(*fd, name) ? 0 : -ENOENT;
	next = sys_open_dir(*fd, name);
	if (next < 0)
		return next;
	if (*fd != root)
		close_fd(*fd);
	*fd = next;
	return 0;
}

/*
 * A mount may not show a mark that is there, since it does not hold (--stale
 * hide): then it will be made anew.
 */
static bool is_hidden(const struct wait *w, const char *mark)
{
	auto_free char *path = NULL;

	if (asprintf(&path, "%s/" IDEMFS_CHECKPOINTS "/%s", w->dir, mark) < 0)
		path = NULL;
	return path && target_is_mount(w->dir) &&
	       faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
	       errno == ENOENT;
}

/* Does @mark exist?  1, 0 or -errno.  If not, its coming will wake us. */
static int look(struct wait *w, const char *mark)
{
	auto_free char *path = NULL;
	char *name, *next, *save = NULL;
	auto_fd root = w->root < 0 ? open(w->dir, O_PATH | O_CLOEXEC)
				   : dup(w->root);
	int fd = root, r = root < 0 ? -errno : 0;

	if (asprintf(&path, "%s/%s", w->prefix, mark) < 0)
		return -ENOMEM;
	name = strtok_r(path, "/", &save);
	for (; name && !r; name = next) {
		next = strtok_r(NULL, "/", &save);
		r = descend(w, root, &fd, name, !next);
	}
	if (fd != root)
		close_fd(fd);
	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	return r < 0 ? r : !is_hidden(w, mark);
}

/* --- waiting -------------------------------------------------------------- */

static void drain(struct wait *w)
{
	char buf[4096]
		__attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;

	while ((n = read(w->inotify, buf, sizeof(buf))) > 0) {
		const struct inotify_event *e;

		for (char *p = buf; p < buf + n; p += sizeof(*e) + e->len) {
			e = (const struct inotify_event *)p;
			w->unmounted = w->unmounted || (e->mask & IN_UNMOUNT);
		}
	}
}

/* 0: something has happened. */
static int wait_event(struct wait *w, int64_t until)
{
	struct pollfd p = { .fd = w->inotify, .events = POLLIN };
	int64_t left = w->timeout_ms < 0 ? -1 : until - now_ms();
	int n;

	if (w->timeout_ms >= 0 && left <= 0)
		return -ETIMEDOUT;
	n = poll(&p, 1, left > INT32_MAX ? INT32_MAX : (int)left);
	if (n < 0 && errno != EINTR)
		return -errno;
	drain(w);
	return w->unmounted ? -ENODEV : 0;
}

/* *ret_mark: the one that it waited for last. */
static int wait_all(struct wait *w, char **marks, const char **ret_mark)
{
	int64_t until = now_ms() + w->timeout_ms;
	int r;

	for (; *marks; marks++) {
		*ret_mark = *marks;
		while ((r = look(w, *marks)) == 0) {
			r = wait_event(w, until);
			if (r < 0)
				return r;
		}
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- from start to end ---------------------------------------------------- */

/* Where the marks are kept, or where another user's mount shows them. */
static int wait_place(struct wait *w, struct statedir *p, struct err *err)
{
	int r = statedir_open_root(w->dir, p, err);

	if (r == 0) {
		w->root = p->root;
		return asprintf(&w->prefix, STATE_DIR "/marks%s%s",
				p->target.run ? "/" : "",
				p->target.run ? p->target.run : "") < 0
			       ? -ENOMEM
			       : 0;
	}
	if (!target_is_mount(w->dir))
		return r;
	w->prefix = strdup(IDEMFS_CHECKPOINTS);
	return w->prefix ? 0 : -ENOMEM;
}

static int say_why(const struct wait *w, const char *mark, int r)
{
	if (r == -ETIMEDOUT)
		say_error("%s: no mark \"%s\" within the time. See: idemfs "
			  "status %s",
			  w->dir, mark, w->dir);
	else if (r == -ENODEV)
		say_error("%s: unmounted while waiting for \"%s\"", w->dir,
			  mark);
	else if (r == -ENOSPC)
		say_error("%s: no inotify watch is left. Raise "
			  "fs.inotify.max_user_watches",
			  w->dir);
	else
		say_error("%s: %s: %s", w->dir, mark, strerror(-r));
	return r == -ETIMEDOUT ? EXIT_TIMEOUT : EXIT_FAILED;
}

static int wait_for_marks(struct wait *w, char **marks)
{
	struct statedir p = { .target = { .root_fd = -1 },
			      .root = -1,
			      .state = STATE_CLOSED };
	struct err err = { 0 };
	const char *mark = "";
	int status = EXIT_DONE, r = wait_place(w, &p, &err);

	if (r < 0) {
		say_failure(&err, w->dir, r);
		return EXIT_FAILED;
	}
	w->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	r = w->inotify < 0 ? -errno : wait_all(w, marks, &mark);
	if (r < 0)
		status = say_why(w, mark, r);
	close_fd(w->inotify);
	free(w->prefix);
	statedir_release(&p);
	return status;
}

static int check_marks(char **marks)
{
	for (; *marks; marks++)
		if (!**marks || **marks == '/' || strstr(*marks, ".."))
			return command_misuse(&command_wait,
					      "a mark is a name in "
					      ".checkpoints");
	return EXIT_DONE;
}

struct wait_options {
	const char *timeout;
};

static const struct option_row rows[] = {
	{ "timeout", 't', OPTION_TEXT, offsetof(struct wait_options, timeout),
	  .argument = "SECONDS", .help = "give up after so long (never)" },
	{ .key = NULL },
};

static int wait_main(int argc, char **argv)
{
	struct wait w = { .root = -1, .inotify = -1, .timeout_ms = -1 };
	const struct command *c = &command_wait;
	struct wait_options o = { 0 };
	int status;

	if (!command_read(c, argc, argv, &o, &status))
		return status;
	if (o.timeout)
		w.timeout_ms = option_duration(o.timeout);
	if (o.timeout && w.timeout_ms < 0)
		return command_misuse(c, "--timeout takes a time as in 5, 0.5, "
					 "2m or 1h");
	if (argc - optind < 2)
		return command_misuse(c, optind == argc ? "name a directory"
							: "name a mark");
	w.dir = argv[optind++];
	status = check_marks(argv + optind);
	return status == EXIT_DONE ? wait_for_marks(&w, argv + optind) : status;
}

const struct command command_wait = {
	.name = "wait",
	.purpose = "block until marks exist",
	.run = wait_main,
	.usage =
		"usage: idemfs wait [--timeout SECONDS] DIR MARK...\n"
		"\n"
		"DIR is a mount point, or a directory that is, was or will be mounted. A MARK of\n"
		"another run is ID/NAME. The exit status is 0 when all exist, 124 when the time is\n"
		"over, 1 when it failed.\n",
	.notes =
		"example: idemfs wait --timeout 10m out fetch.done && ./publish.sh\n",
	.options = { rows },
};
