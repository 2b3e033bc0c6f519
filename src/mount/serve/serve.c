/* SPDX-License-Identifier: MIT */
#include "mount/serve/serve.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "core/changes/changes.h"
#include "core/flush/failures.h"
#include "core/marks/checkpoint.h"
#include "core/process/budget.h"
#include "core/quarantine/spare.h"
#include "core/quarantine/trim.h"
#include "core/recovery/recovery.h"
#include "core/verify/stale.h"
#include "core/version/shown.h"
#include "idemfs/control.h"
#include "mount/checkpoints/checkpoints.h"
#include "mount/entry/redirect.h"
#include "mount/file/locking.h"
#include "mount/kernel/channel.h"
#include "mount/kernel/passthrough.h"
#include "mount/kernel/session.h"
#include "mount/mountpoint/attach.h"
#include "mount/mountpoint/fuse_log.h"
#include "mount/mountpoint/lifetime.h"
#include "mount/mountpoint/mountinfo.h"
#include "mount/ops/ops.h"
#include "mount/serve/hooks.h"

#define DIR_FDS_MAX 512	    /* directory descriptors kept open at most */
#define LAST_FDS 64	    /* for ending what has begun, beside those */
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
	struct fuse_session *se;
	/* Of the main thread; nothing: the channel was given to us.  Its
	 * number is 0 once it is, or may be, another mount's. */
	struct mounted mounted_as;
	pthread_t sweeper;
};

/* Start */

/*
 * As many descriptors as we may have; a quarter of them for directories, and
 * some that no open file of a user may take.
 */
static unsigned int raise_fd_limit(void)
{
	unsigned int dirs = DIR_FDS_MAX, most = INT_MAX;
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return LAST_FDS;
	l.rlim_cur = l.rlim_max;
	setrlimit(RLIMIT_NOFILE, &l);
	if (l.rlim_cur < most)
		most = (unsigned int)l.rlim_cur;
	if (most / 4 < dirs)
		dirs = most / 4;
	if (most > dirs + 2 * LAST_FDS)
		sys_last_fds = (int)(most - dirs - LAST_FDS);
	return dirs;
}

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

/* What a crash has left, and where it is now. */
static void say_recovered(const struct recovered *rec, const char *backing)
{
	if (rec->finished)
		fprintf(stderr,
			"idemfs: %s: %u file%s that had been closed before a "
			"crash: put in place\n",
			backing, rec->finished, rec->finished == 1 ? "" : "s");
	if (rec->kept)
		fprintf(stderr,
			"idemfs: %s: %u unfinished file%s that a crash "
			"left: in quarantine; see: idemfs partial list %s\n",
			backing, rec->kept, rec->kept == 1 ? "" : "s", backing);
	if (rec->left)
		fprintf(stderr,
			"idemfs: %s: %u unfinished file%s that a crash left "
			"cannot be put into quarantine, and stay until the "
			"next mount; see: idemfs log %s\n",
			backing, rec->left, rec->left == 1 ? "" : "s", backing);
}

/* What a script made in .checkpoints without idemfs, and nobody sees now. */
static void say_left(const char *path, const char *why)
{
	auto_free char *shown = text_escape(path);
	struct err line = { 0 };

	err_set(&line, 0,
		"idemfs: " IDEMFS_CHECKPOINTS "/%s: %s, so it is no mark: "
		"left where it is, out of sight. Unmount to see it",
		shown ? shown : "?", why);
	fprintf(stderr, "%s\n", line.text);
	log_warn("\"" IDEMFS_CHECKPOINTS "\": \"%s\" cannot be imported as a "
		 "mark: %s",
		 shown ? shown : "?", why);
}

static int recover(struct fs *fs, const char *backing, struct recovered *ret)
{
	int r = recovery_run(&fs->state, fs->root, ret);

	say_recovered(ret, backing);
	if (!r)
		trim_quarantine(fs->state.partial, fs->opt);
	if (!r)
		spare_make(fs->state.partial);
	return r;
}

static int make_core(struct fs *fs)
{
	const struct core_spec spec = {
		.opt = fs->opt,
		.state = &fs->state,
		.root = fs->root,
		.dir_fds = raise_fd_limit(),
		.hooks = version_hooks_of(fs),
		.lock_hooks = &locking_hooks,
	};
	int r = core_new(&spec, &fs->core);

	if (r < 0)
		return r;
	fs->backing = fs->core->rooms.backing;
	fs->locks = fs->core->rooms.locks;
	fs->versions = fs->core->versions;
	fs->wills = fs->core->wills;
	fs->running = fs->core->running;
	fs->standing = fs->core->standing;
	return 0;
}

static int start_core(struct mount *m, const char *backing, struct err *err)
{
	struct fs *fs = &m->fs;
	struct recovered rec = { 0 };
	bool fixed = fs->state.fixed;
	int r = fixed ? 0 : recover(fs, backing, &rec);

	if (!r)
		r = make_core(fs);
	if (!r)
		recovery_tell(fs->versions);
	if (!r && !fixed)
		r = checkpoint_import(fs->versions, fs->root, say_left);
	if (r >= 0)
		r = fixed ? 0 : checkpoints_start(fs);
	if (!r)
		r = node_table_new(backing_root(fs->backing), &fs->nodes);
	if (!r)
		r = redirects_new(&fs->redirects);
	if (!r)
		r = budget_new(BUDGET_TEXTS, &fs->texts);
	if (r < 0)
		return err_set(err, r, "%s: cannot be served: %s", backing,
			       strerror(-r));
	return 0;
}

static int add_arg(struct fuse_args *args, const char *option)
{
	return fuse_opt_add_arg(args, "-o") < 0 ||
			       fuse_opt_add_arg(args, option) < 0
		       ? -ENOMEM
		       : 0;
}

/*
 * What may be run and opened is as below.  But for others than root that would
 * be more than they have where something inside the tree is mounted nosuid or
 * nodev, which does not show here: so they get FUSE's own nosuid and nodev.
 */
static int add_mount_flags(const struct mount *m, struct fuse_args *args)
{
	bool alone = geteuid() == 0 && !m->fs.opt->allow_other;
	struct statvfs st;
	int r = 0;

	if (fstatvfs(m->fs.root, &st) < 0)
		return -errno;
	if (st.f_flag & ST_NOEXEC)
		r = add_arg(args, "noexec");
	if (!r && alone && !(st.f_flag & ST_NOSUID))
		r = add_arg(args, "suid");
	if (!r && alone && !(st.f_flag & ST_NODEV))
		r = add_arg(args, "dev");
	return r;
}

static int fuse_args_for(const struct mount *m, const char *fuse_opts,
			 struct fuse_args *args)
{
	auto_free char *fsname = NULL;
	int r = fuse_opt_add_arg(args, "idemfs") < 0 ? -ENOMEM : 0;

	if (asprintf(&fsname, "fsname=%s", m->fs.backing_path) < 0)
		return -ENOMEM;
	for (char *p = fsname; *p; p++)
		if (*p == ',' || *p == '\\')
			*p = '_'; /* fuse would take it for the next option */
	if (!r)
		r = add_arg(args, "default_permissions");
	if (!r)
		r = add_arg(args, fsname);
	if (!r && m->fs.opt->allow_other)
		r = add_arg(args, "allow_other");
	if (!r)
		r = add_mount_flags(m, args);
	if (!r && m->fs.state.fixed)
		r = add_arg(args, "ro");
	if (!r && fuse_opts && fuse_opts[0])
		r = add_arg(args, fuse_opts);
	/* Last, so that it holds: by it a mount of ours is known. */
	if (!r)
		r = add_arg(args, "subtype=idemfs");
	return r;
}

/* A channel that somebody else has opened, as fuse(8) has it: no path. */
static bool is_descriptor(const char *mountpoint)
{
	return !strncmp(mountpoint, "/dev/fd/", strlen("/dev/fd/"));
}

/* On @dir, or, where there is none, on the channel that the mount point is. */
static int attach_to(struct mount *m, int dir, const char *fuse_opts)
{
	const char *at = m->fs.mountpoint;
	bool by_path = geteuid() != 0 ||
		       (fuse_opts && strstr(fuse_opts, "auto_unmount"));

	if (dir < 0)
		return fuse_session_mount(m->se, at) < 0 ? -EIO : 0;
	return attach(m->se, dir, by_path, &m->mounted_as);
}

static int refuse_mount(const struct mount *m, int code, const char *words,
			const char *fuse_opts, struct err *err)
{
	const char *at = m->fs.mountpoint;

	if (code == -ESTALE)
		return err_set(err, code,
			       "%s: has become another directory while it was "
			       "mounted. See who can rename what is on this "
			       "path, and try again",
			       at);
	if (*words)
		return err_set(err, code, "%s: cannot be mounted: %s", at,
			       words);
	return err_set(err, code, "%s: cannot be mounted (options \"%s\")", at,
		       fuse_opts ? fuse_opts : "");
}

static int mount_fuse(struct mount *m, int dir, const char *fuse_opts,
		      struct err *err)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	int r = fuse_args_for(m, fuse_opts, &args);
	const char *words;

	fusewords_begin();
	if (!r) {
		m->se = fuse_session_new(&args, &mount_ops, sizeof(mount_ops),
					 &m->fs);
		if (!m->se)
			r = -EINVAL;
	}
	fuse_opt_free_args(&args);
	m->fs.se = m->se;
	if (!r)
		r = attach_to(m, dir, fuse_opts);
	words = fusewords_end();
	if (!r)
		r = channel_new(m->se, &m->fs.channel);
	if (!r)
		r = passthrough_new(m->fs.channel, m->fs.opt, m->fs.root,
				    &m->fs.pass);
	if (r < 0)
		return refuse_mount(m, r, words, fuse_opts, err);
	return 0;
}

/* What the mount goes on: -1 for a channel; over itself, the same directory. */
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

/* Another one may have been faster since @path was looked at. */
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
		r = start_core(m, backing, err);
	if (!r)
		r = mount_fuse(m, dir, fuse_opts, err);
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

/* No new path leads here any more; what is open stays so for a while. */
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
	struct history *history = m->fs.core->rooms.history;

	return versions_pending(m->fs.versions) ||
	       (history && history_is_told(history));
}

/*
 * While somebody still writes or makes a mark, for as long as he may; and a
 * moment longer, since a call may be more than one request: who makes a mark
 * looks at it before his open(2) returns.
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

/* True: the kernel has let go; false: the grace time is over. */
static bool serve(struct mount *m, int ended)
{
	if (lifetime_wait(m->fs.lifetime, ended))
		return true;
	detach(m);
	return drain(m, ended);
}

/*
 * Unmounted, so no file is open; but the kernel drops the RELEASEs that are
 * still in its queue then.  After an abort, files may be open: what was not
 * released counts as open.
 */
static bool all_closed(struct mount *m, bool by_kernel)
{
	return by_kernel && m->mounted_as.what &&
	       !mountinfo_has(&m->mounted_as);
}

/* Returns how many were still open. */
static unsigned long finish(struct mount *m, bool by_kernel)
{
	struct versions_counts before, after;

	versions_end_waits(m->fs.versions);
	standing_stop(m->fs.standing);
	session_stop(m->fs.session);
	redirects_stop(m->fs.redirects);
	pthread_join(m->sweeper, NULL);
	redirects_end_all(m->fs.redirects);
	locks_cancel_all(m->fs.locks, -EIO);
	if (all_closed(m, by_kernel))
		versions_close_all(m->fs.versions);
	versions_count_all(m->fs.versions, &before);
	versions_abandon(m->fs.versions, "still open when it was unmounted");
	versions_count_all(m->fs.versions, &after);
	core_stop(m->fs.core);
	return after.kept - before.kept;
}

/* Once this is done, finish() ends whatever else was begun. */
static int start_sweeper(struct mount *m)
{
	struct session_hooks hooks = session_hooks_of(&m->fs);
	int r = session_new(m->se, m->fs.channel, m->fs.opt, &hooks,
			    &m->fs.session);

	return r < 0 ? r
		     : -pthread_create(&m->sweeper, NULL, sweep,
				       m->fs.redirects);
}

static int start_threads(struct mount *m)
{
	int r = core_start(m->fs.core);

	return r ? r : standing_start(m->fs.standing);
}

/* What an exit status is to tell, since nobody else will. */
static int judge_end(struct mount *m, unsigned long open, struct err *err)
{
	const char *dir = m->fs.backing_path;
	struct versions_counts n;
	char why[512];
	int r = untold_take_any(m->fs.core->rooms.untold, why, sizeof(why));

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
	/* Soon somebody will ask. */
	if (!r && m->fs.opt->stale == STALE_HIDE)
		standing_ask(m->fs.standing, 0);
	if (!r)
		r = session_start(m->fs.session, &ended);
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

/* For who watches us end; what cannot be written there is in the log. */
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
	if (m->se)
		fuse_session_destroy(m->se);
	session_free(m->fs.session);
	passthrough_free(m->fs.pass);
	channel_free(m->fs.channel);
	redirects_free(m->fs.redirects);
	node_table_free(m->fs.nodes);
	dir_put(m->fs.run);
	budget_free(m->fs.texts);
	core_free(m->fs.core);
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
