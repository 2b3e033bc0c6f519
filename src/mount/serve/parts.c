/* SPDX-License-Identifier: MIT */
#include "mount/serve/parts.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "core/core.h"
#include "core/marks/checkpoint.h"
#include "core/process/budget.h"
#include "core/quarantine/spare.h"
#include "core/quarantine/trim.h"
#include "core/recovery/recovery.h"
#include "idemfs/control.h"
#include "mount/checkpoints/checkpoints.h"
#include "mount/entry/learning.h"
#include "mount/entry/redirect.h"
#include "mount/entry/trusted.h"
#include "mount/file/locking.h"
#include "mount/serve/hooks.h"

#define DIR_FDS_MAX 512 /* directory descriptors kept open at most */
#define LAST_FDS 64	/* for ending what has begun, beside those */

/*
 * Raises the limit of descriptors as far as it goes.  A quarter is for
 * directories, and some are kept from the open files of users.  Returns how
 * many are for directories.
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

/* Says what a crash has left, and where it is now. */
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

/* A script made it in .checkpoints without idemfs, and it is not shown. */
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

static void log_line(void *arg, enum log_level level, const char *text)
{
	(void)arg;
	log_at(level, "%s", text);
}

static const struct events to_log = { .event = log_line };

static int recover(struct fs *fs, const char *backing, struct recovered *ret)
{
	int r = recovery_run(&fs->state, fs->root, &to_log, ret);

	say_recovered(ret, backing);
	if (!r)
		trim_quarantine(fs->state.partial, fs->opt, &to_log);
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
		.events = &to_log,
		.lock_hooks = &locking_hooks,
	};
	int r = core_new(&spec, &fs->core);

	if (r < 0)
		return r;
	fs->backing = fs->core->rooms.backing;
	fs->locks = fs->core->rooms.locks;
	fs->versions = fs->core->versions;
	fs->exit_locks = fs->core->exit_locks;
	fs->sessions = fs->core->sessions;
	fs->stale = fs->core->stale;
	return 0;
}

int parts_make(struct fs *fs, const char *backing, struct err *err)
{
	struct recovered rec = { 0 };
	bool fixed = fs->state.fixed;
	int r = fixed ? 0 : recover(fs, backing, &rec);

	if (!r)
		r = make_core(fs);
	if (!r)
		recovery_tell(fs->versions, &to_log);
	if (!r && !fixed)
		r = checkpoint_import(fs->versions, fs->root, say_left,
				      &to_log);
	if (r >= 0)
		r = fixed ? 0 : checkpoints_start(fs);
	if (!r)
		r = node_table_new(backing_root(fs->backing), &fs->nodes);
	if (!r)
		r = redirects_new(&fs->redirects);
	if (!r)
		r = learning_new(&fs->learning);
	if (!r)
		r = trusted_new(fs->opt->cache_ms, &fs->trusted);
	if (!r)
		r = budget_new(BUDGET_TEXTS, &fs->texts);
	if (r < 0)
		return err_set(err, r, "%s: cannot be served: %s", backing,
			       strerror(-r));
	return 0;
}

void parts_free(struct fs *fs)
{
	redirects_free(fs->redirects);
	learning_free(fs->learning);
	trusted_free(fs->trusted);
	node_table_free(fs->nodes);
	dir_put(fs->run);
	budget_free(fs->texts);
	core_free(fs->core);
}
