/* SPDX-License-Identifier: MIT */
#include "mount/serve/serve.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/changes/changes.h"
#include "core/core.h"
#include "core/flush/failures.h"
#include "core/verify/stale.h"
#include "core/version/pending.h"
#include "core/version/shown.h"
#include "mount/entry/redirect.h"
#include "mount/kernel/channel.h"
#include "mount/kernel/loop.h"
#include "mount/kernel/passthrough.h"
#include "mount/mountpoint/attach.h"
#include "mount/mountpoint/lifetime.h"
#include "mount/serve/hooks.h"
#include "mount/serve/mounting.h"
#include "mount/serve/parts.h"

#define LOG_BYTES (1 << 20) /* of one log file; the one before is kept */
#define DRAIN_TICK_MS 50    /* how often to see whether anything is pending */
#define QUIET_TICKS 4	    /* for how long nothing must have been */

#ifdef __SANITIZE_ADDRESS__
/* libfuse frees it only in fuse_session_unmount(), which goes by a path. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:fuse_session_mount\n";
}
#endif

struct mount {
	struct fs fs;
	/* Of the main thread.  Empty: the channel was open already.  The
	 * number is 0 once another mount has it, or may have it. */
	struct mounted mounted_as;
	pthread_t sweeper;
};

/* Start */

static int open_state(struct mount *m, const char *backing, struct err *err)
{
	struct statvfs st;

	if (fstatvfs(m->fs.root, &st) < 0)
		return err_set(err, -errno, "%s: %s", backing, strerror(errno));
	return st.f_flag & ST_RDONLY
		       ? state_open_fixed(m->fs.root, backing, &m->fs.state,
					  err)
		       : state_open(m->fs.root, backing, &m->fs.state, err);
}

/* A channel that another program has opened (fuse(8)) has no path. */
static bool is_descriptor(const char *mountpoint)
{
	return !strncmp(mountpoint, "/dev/fd/", strlen("/dev/fd/"));
}

/*
 * A descriptor of the mount point, which may be the backing directory itself.
 */
static int open_mountpoint(const struct mount *m, struct err *err)
{
	const char *at = m->fs.mountpoint;
	int fd;

	if (strcmp(at, m->fs.backing_path) != 0)
		return attach_open(at, err);
	fd = fcntl(m->fs.root, F_DUPFD_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

static int rotate_log(void *arg)
{
	return state_rotate_log(arg);
}

static void start_log(struct mount *m)
{
	log_init(m->fs.opt->log_level, m->fs.state.log, false);
	log_bound(LOG_BYTES, rotate_log, &m->fs.state);
}

/* Another idemfs may have mounted there since @path was looked at. */
static int refuse_idemfs(int dir, const char *path, struct err *err)
{
	struct mounted in = { 0 };
	bool idemfs =
		mountinfo_get(mountinfo_id(dir, "", AT_EMPTY_PATH), &in) == 0 &&
		in.idemfs;

	mounted_clear(&in);
	return idemfs ? err_set(err, -EBUSY, "%s: is in an idemfs mount by now",
				path)
		      : 0;
}

static int start(struct mount *m, const char *backing, const char *mountpoint,
		 const char *fuse_opts, struct err *err)
{
	struct timespec now;
	auto_fd dir = -1;
	int r;

	m->fs.backing_path = strdup(backing);
	m->fs.fuse_opts = strdup(fuse_opts ? fuse_opts : "");
	m->fs.mountpoint = strdup(mountpoint);
	if (!m->fs.backing_path || !m->fs.mountpoint)
		return -ENOMEM;
	clock_gettime(CLOCK_REALTIME, &now);
	m->fs.started = now.tv_sec;
	umask(0); /* modes are computed from the callers' */
	m->fs.root = attach_open(backing, err);
	if (m->fs.root < 0)
		return m->fs.root;
	r = refuse_idemfs(m->fs.root, backing, err);
	if (r < 0)
		return r;
	if (!is_descriptor(mountpoint)) {
		dir = open_mountpoint(m, err);
		if (dir < 0)
			return dir;
	}
	r = open_state(m, backing, err);
	if (!r)
		start_log(m);
	if (!r)
		r = parts_make(&m->fs, backing, err);
	if (!r)
		r = mounting_begin(&m->fs, dir, fuse_opts, &m->mounted_as, err);
	return r;
}

int mount_start(const struct options *opt, const char *backing,
		const char *mountpoint, const char *fuse_opts,
		struct mount **ret_mount, struct err *err)
{
	struct mount *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return err_set(err, -ENOMEM, "out of memory");
	m->fs.opt = opt;
	m->fs.root = -1;
	m->fs.state = (struct state)STATE_CLOSED;
	m->fs.end = memfd_create("idemfs-end", MFD_CLOEXEC);
	r = start(m, backing, mountpoint, fuse_opts, err);
	if (r < 0)
		mount_free(m);
	else
		*ret_mount = m;
	return r;
}

/* Serve */

static void *sweep(void *arg)
{
	struct redirects *l = arg;

	while (!redirects_stopped(l))
		redirects_sweep(l);
	return NULL;
}

/* No path leads here any more.  Files that are open stay open for a while. */
static void detach(struct mount *m)
{
	attach_undo(&m->mounted_as);
	m->mounted_as.id = 0;
}

static bool has_ended(int ended, int timeout_ms)
{
	struct pollfd p = { .fd = ended, .events = POLLIN };
	int n;

	do {
		n = poll(&p, 1, timeout_ms);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

static bool is_busy(struct mount *m)
{
	struct changes *changes = m->fs.core->rooms.changes;

	return versions_count(m->fs.versions) ||
	       (changes && changes_is_told(changes));
}

/*
 * Waits while files are written or marks are made, but no longer than
 * --drain; and a moment more, since one call may be several requests: a
 * program that makes a mark looks at it before its open(2) returns.
 * True: the kernel has let go.
 */
static bool drain(struct mount *m, int ended)
{
	int64_t until = now_ms() + m->fs.opt->drain_ms;
	int quiet = 0;

	while (!has_ended(ended, DRAIN_TICK_MS)) {
		quiet = is_busy(m) ? 0 : quiet + 1;
		if (quiet == QUIET_TICKS || now_ms() >= until)
			return false;
	}
	return true;
}

/* True: the kernel has let go; false: the mount is to end, and was drained. */
static bool serve(struct mount *m, int ended)
{
	if (lifetime_wait(m->fs.lifetime, ended))
		return true;
	detach(m);
	return drain(m, ended);
}

/*
 * Is no file open?  That holds once the mount is gone, though the kernel drops
 * the RELEASEs that are still in its queue.  After an abort files may be open:
 * what was not released counts as open.
 */
static bool all_closed(struct mount *m, bool by_kernel)
{
	return by_kernel && m->mounted_as.what &&
	       !mountinfo_has(&m->mounted_as);
}

/* Ends all threads and versions; returns how many versions were open. */
static unsigned long finish(struct mount *m, bool by_kernel)
{
	unsigned long kept;

	versions_end_waits(m->fs.versions);
	stale_stop(m->fs.stale);
	loop_stop(m->fs.loop);
	redirects_stop(m->fs.redirects);
	pthread_join(m->sweeper, NULL);
	redirects_end_all(m->fs.redirects);
	locks_cancel_all(m->fs.locks, -EIO);
	if (all_closed(m, by_kernel))
		versions_close_all(m->fs.versions);
	kept = versions_discard_all(m->fs.versions,
				    "still open when it was unmounted");
	core_stop(m->fs.core);
	return kept;
}

/* From here on finish() ends whatever else was begun. */
static int start_sweeper(struct mount *m)
{
	struct loop_hooks hooks = loop_hooks_of(&m->fs);
	int r = loop_new(m->fs.se, m->fs.channel, m->fs.opt, &hooks,
			 &m->fs.loop);

	return r < 0 ? r
		     : -pthread_create(&m->sweeper, NULL, sweep,
				       m->fs.redirects);
}

static int start_threads(struct mount *m)
{
	int r = core_start(m->fs.core);

	return r ? r : stale_start(m->fs.stale);
}

/* What the exit status says, since no mark will. */
static int judge_end(struct mount *m, unsigned long open, struct err *err)
{
	const char *dir = m->fs.backing_path;
	struct versions_counts n;
	char why[512];
	int r = failures_take_any(m->fs.core->rooms.failures, why, sizeof(why));

	versions_count_all(m->fs.versions, &n);
	log_event("ended: %lu promoted, %lu discarded, %lu failed", n.promoted,
		  n.discarded, n.failed);
	if (open)
		return err_set(err, -EBUSY,
			       "%s: %lu file%s still open at the end: in "
			       "quarantine. See: idemfs partial list %s",
			       dir, open, open == 1 ? "" : "s", dir);
	return r < 0 ? err_set(err, r, "%s: %s. See: idemfs log %s", dir, why,
			       dir)
		     : 0;
}

static int serve_all(struct mount *m, struct err *err)
{
	unsigned long open;
	bool by_kernel = false;
	int ended, r = access_confine();

	if (!r)
		r = start_sweeper(m);
	if (r < 0)
		return r;
	r = start_threads(m);
	/* The first LOOKUP of a mark will ask. */
	if (!r && m->fs.opt->stale == STALE_HIDE)
		stale_ask(m->fs.stale, 0);
	if (!r)
		r = loop_start(m->fs.loop, &ended);
	if (!r) {
		log_event("serving \"%s\" at \"%s\"", m->fs.backing_path,
			  m->fs.mountpoint);
		by_kernel = serve(m, ended);
		if (by_kernel)
			m->mounted_as.id = 0;
	}
	open = finish(m, by_kernel);
	return r < 0 ? r : judge_end(m, open, err);
}

/* For the process that watches the end; the log has it, too. */
static void tell_end(int fd, int code, const struct err *err)
{
	const char *text = code < 0 ? err->text : MOUNT_END_WELL;

	if (!*text)
		text = strerror(-code);
	(void)sys_pwrite_all(fd, text, strlen(text), 0);
}

int mount_serve(struct mount *m, const struct mount_user *u, struct err *err)
{
	struct err own = { 0 };
	int r = lifetime_new(&m->fs.lifetime);

	if (r < 0)
		return r;
	err = err ? err : &own;
	if (u->tied_to)
		lifetime_tie(m->fs.lifetime, u->tied_to);
	m->fs.ready = u->ready;
	m->fs.ready_arg = u->arg;
	r = serve_all(m, err);
	tell_end(m->fs.end, r, err);
	return r;
}

void mount_free(struct mount *m)
{
	if (!m)
		return;
	detach(m);
	if (m->fs.se)
		fuse_session_destroy(m->fs.se);
	loop_free(m->fs.loop);
	passthrough_free(m->fs.pass);
	channel_free(m->fs.channel);
	parts_free(&m->fs);
	log_init(m->fs.opt->log_level, -1, false);
	state_release(&m->fs.state);
	lifetime_free(m->fs.lifetime);
	close_fd(m->fs.end);
	close_fd(m->fs.root);
	free(m->fs.fuse_opts);
	free(m->fs.backing_path);
	free(m->fs.mountpoint);
	mounted_clear(&m->mounted_as);
	free(m);
}
