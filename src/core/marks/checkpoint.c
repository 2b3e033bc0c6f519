/* SPDX-License-Identifier: MIT */
#include "core/marks/checkpoint.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <string.h>

#include "base/events.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/changes/file.h"
#include "core/flush/failures.h"
#include "core/flush/flush.h"
#include "core/flush/vouched.h"
#include "core/manifest/retired.h"
#include "core/marks/compose.h"
#include "core/marks/former.h"
#include "core/marks/maker.h"
#include "core/marks/mark.h"
#include "core/version/drain.h"
#include "core/version/pending.h"
#include "core/version/version.h"

static void trouble(struct versions *t, const struct checkpoint *c,
		    const char *why)
{
	auto_free char *path = dir_path(c->dir, c->name);
	char trouble[UNTOLD_MARK_MAX];

	events_tell(versions_rooms(t)->events, LOG_EVENT,
		    "mark \"%s\" not made: %s", path ? path : c->name, why);
	snprintf(trouble, sizeof(trouble), "\"%s\": %s", path ? path : c->name,
		 why);
	failures_set_mark(versions_rooms(t)->failures, trouble);
}

static struct drain drain_for(const struct versions *t,
			      const struct checkpoint *c,
			      const struct changes_span *span)
{
	return (struct drain){ .uid = c->by.uid,
			       .session = span->scope,
			       .wait_ms = versions_rooms(t)->opt->open_wait_ms,
			       .interrupted = c->interrupted };
}

/* Steps 1 to 3.  Changes before the cut are durable, and will be told. */
static int barrier(struct versions *t, const struct checkpoint *c,
		   struct drain *d, struct changes_span *span)
{
	char why[768] = "";
	int r = drain_versions(t, d);

	if (r == -EBUSY)
		snprintf(why, sizeof(why),
			 "%s; close it, or mount with --in-place for its name",
			 d->who);
	if (!r)
		r = failures_take(versions_rooms(t)->failures, c->by.uid,
				  span->scope, why, sizeof(why));
	if (!r) {
		r = changes_cut(versions_rooms(t)->changes, span);
		if (r < 0)
			snprintf(why, sizeof(why),
				 STATE_DIR "/" CHANGES_NAME ": %s",
				 strerror(-r));
	}
	if (!r) {
		versions_hold_names(t);
		vouched_cut(versions_rooms(t)->vouched);
		versions_release_names(t);
		r = flush_barrier(versions_rooms(t)->flush, c->interrupted);
		if (r < 0 && r != -EINTR)
			snprintf(why, sizeof(why), "syncfs: %s", strerror(-r));
	}
	if (!r && c->interrupted && atomic_load(c->interrupted))
		r = -EINTR;
	if (r < 0)
		trouble(t, c, why[0] ? why : strerror(-r));
	return r;
}

/* Writes the manifest of @name in @dir to @fd; *ret_time is when. */
static int write_manifest(struct compose *compose, const struct checkpoint *c,
			  struct dir *dir, const char *name, int fd,
			  off_t *ret_size, struct timespec *ret_time)
{
	auto_free char *path = dir_path(dir, name);
	char host[HOST_NAME_MAX + 1] = "?", command[256];
	struct manifest_head head = {
		.name = path,
		.host = host,
		.command = command,
		.user = c->by.uid,
		.pid = writer_process(c->by.tid),
	};

	if (!path)
		return -ENOMEM;
	clock_gettime(CLOCK_REALTIME, &head.time);
	gethostname(host, sizeof(host));
	writer_command(head.pid, command, sizeof(command));
	*ret_time = head.time;
	return compose_write(compose, fd, &head, ret_size);
}

/* If the kernel has checked the caller at all, it was before the wait. */
static int may_place(const struct checkpoint *c)
{
	struct stat there, mark = { .st_uid = c->by.uid };
	struct statx st;
	int r = c->in ? dir_statx(c->dir, c->name, &st) : -ENOENT;

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	statx_to_stat(&st, &there);
	return access_replace(c->in, &there, &mark, c->by.uid);
}

/* Steps 4 to 6. */
static int write_mark(struct versions *t, const struct checkpoint *c,
		      const struct drain *d, const struct changes_span *span,
		      struct timespec *ret_time)
{
	const struct mark_place at = { .dir = c->dir,
				       .name = c->name,
				       .uid = c->by.uid,
				       .gid = c->by.gid };
	struct compose compose = { .t = t,
				   .sessions = c->sessions,
				   .span = span,
				   .drain = d,
				   .interrupted = c->interrupted,
				   .step = c->step,
				   .learn = c->learn,
				   .key = c->key,
				   .going = c->going };
	struct mark_text old = { .fd = -1 };
	struct mark_file f = { .fd = -1 };
	off_t size;
	int r;

	mark_open(c->dir, c->name, &old);
	r = compose_collect(&compose, old.fd);
	if (!r)
		r = mark_begin(t, c->mode & ~c->by.umask & 0666, &f);
	if (!r)
		r = write_manifest(&compose, c, c->dir, c->name, f.fd, &size,
				   ret_time);
	if (!r && c->note_size)
		r = sys_pwrite_all(f.fd, c->note, c->note_size, size);
	if (!r)
		r = may_place(c);
	if (!r)
		r = mark_place(&f, &at);
	mark_abandon(&f);
	if (r < 0)
		trouble(t, c, compose.why[0] ? compose.why : strerror(-r));
	compose_release(&compose);
	close_fd(old.fd);
	return r;
}

static void tell_made(struct versions *t, const struct checkpoint *c)
{
	auto_free char *path = dir_path(c->dir, c->name);
	char command[256];
	pid_t pid = writer_process(c->by.tid);

	writer_command(pid, command, sizeof(command));
	events_tell(versions_rooms(t)->events, LOG_EVENT,
		    "mark \"%s\" made by pid %d (%s)", path ? path : c->name,
		    (int)pid, command);
}

int checkpoint_make(struct versions *t, const struct checkpoint *c)
{
	struct changes_span span;
	struct timespec made;
	struct drain d;
	int r = may_place(c);

	if (!r)
		r = changes_begin(versions_rooms(t)->changes, c->session,
				  &span);
	if (r < 0)
		return r;
	d = drain_for(t, c, &span);
	r = barrier(t, c, &d, &span);
	if (!r)
		r = write_mark(t, c, &d, &span, &made);
	drain_release(&d);
	changes_end(versions_rooms(t)->changes, &span, r < 0 ? NULL : &made);
	if (r < 0)
		return r;
	if (c->key)
		former_done(versions_rooms(t)->state, c->key);
	tell_made(t, c);
	failures_set_mark(versions_rooms(t)->failures, "");
	return 0;
}

/* Without a mark */

static int write_failed(struct versions *t, const struct checkpoint *c,
			const struct changes_span *span)
{
	struct compose compose = { .t = t,
				   .sessions = c->sessions,
				   .span = span,
				   .interrupted = c->interrupted,
				   .step = c->step,
				   .learn = c->learn,
				   .key = c->key };
	struct mark_file f = { .fd = -1 };
	struct timespec made;
	off_t size;
	int r = compose_collect(&compose, -1);

	if (!r)
		r = mark_begin(t, 0600, &f);
	if (!r)
		r = write_manifest(&compose, c, c->dir, c->name, f.fd, &size,
				   &made);
	if (!r)
		r = sys.fsync(f.fd);
	if (!r)
		r = former_fail(versions_rooms(t)->state, c->key, f.temp);
	mark_abandon(&f);
	compose_release(&compose);
	return r;
}

int checkpoint_fail(struct versions *t, const struct checkpoint *c)
{
	struct changes_span span;
	int r = changes_begin(versions_rooms(t)->changes, c->session, &span);

	if (r < 0)
		return r;
	r = changes_cut(versions_rooms(t)->changes, &span);
	if (!r)
		r = write_failed(t, c, &span);
	/* No mark has told them. */
	changes_end(versions_rooms(t)->changes, &span, NULL);
	return r;
}

/* Renaming */

struct renaming {
	struct versions *t;
	const struct checkpoint *from;
	struct dir *to;
	const char *to_name;
	unsigned int flags;
	struct drain drain;
};

static void tell_renamed(const struct renaming *re)
{
	const struct checkpoint *from = re->from;
	auto_free char *old = dir_path(from->dir, from->name);
	auto_free char *path = dir_path(re->to, re->to_name);

	events_tell(versions_rooms(re->t)->events, LOG_EVENT,
		    "mark \"%s\" renamed to \"%s\"", old ? old : from->name,
		    path ? path : re->to_name);
}

static int rename_plainly(const struct renaming *re)
{
	auto_pin from_pin = { 0 }, to_pin = { 0 };
	int r = dir_pin(re->from->dir, &from_pin);

	if (!r)
		r = dir_pin(re->to, &to_pin);
	return r ? r
		 : sys.renameat2(from_pin.fd, re->from->name, to_pin.fd,
				 re->to_name, re->flags);
}

static int keep_manifest(struct versions *t, struct dir *dir, const char *name)
{
	auto_pin pin = { 0 };
	int r = dir_pin(dir, &pin);

	return r ? r : retired_keep(versions_rooms(t)->state, pin.fd, name);
}

static int remove_mark(struct dir *dir, const char *name)
{
	auto_pin pin = { 0 };
	int r = dir_pin(dir, &pin);

	return r ? r : sys.unlinkat(pin.fd, name, 0);
}

/* Was its time set to one before it was made, as by programs that restore? */
static bool is_dated(int fd, const struct stat *st)
{
	struct manifest_reader *m;
	struct timespec made;

	if (manifest_open(fd, &m) < 0)
		return false;
	made = manifest_head(m)->time;
	manifest_close(m);
	return st->st_mtim.tv_sec < made.tv_sec;
}

/* It also tells what has changed since it was made: mktemp(1), then mv(1). */
static int rename_anew(const struct renaming *re, struct compose *compose,
		       const struct mark_text *old, struct timespec *ret_time)
{
	struct mark_place at = { .dir = re->to,
				 .name = re->to_name,
				 .flags = re->flags };
	struct mark_file f = { .fd = -1 };
	struct timespec times[2];
	struct stat st;
	off_t size;
	int r = fstat(old->fd, &st) < 0 ? -errno : 0;

	if (!r)
		r = mark_begin(re->t, st.st_mode & 0777, &f);
	if (!r)
		r = write_manifest(compose, re->from, re->to, re->to_name, f.fd,
				   &size, ret_time);
	if (!r)
		r = mark_copy_note(old, f.fd, size);
	at.uid = st.st_uid;
	at.gid = st.st_gid;
	if (!r && is_dated(old->fd, &st)) {
		times[0] = st.st_atim;
		times[1] = st.st_mtim;
		at.times = times;
	}
	if (!r)
		r = mark_place(&f, &at);
	mark_abandon(&f);
	return r ? r : remove_mark(re->from->dir, re->from->name);
}

static int may_move(const struct renaming *re)
{
	const struct checkpoint *from = re->from;
	int r = maker_may_move(from->dir, from->name, from->by.uid);

	return r || !(re->flags & RENAME_EXCHANGE)
		       ? r
		       : maker_may_move(re->to, re->to_name, from->by.uid);
}

/* There is nothing new to tell, and the caller's user has made it. */
static bool is_as_good_as_before(const struct renaming *re,
				 const struct changes_span *span)
{
	const struct checkpoint *from = re->from;
	struct maker m;

	return changes_is_empty(span) &&
	       maker_of(from->dir, from->name, &m) == 0 &&
	       maker_is(&m, from->by.uid);
}

/* *ret_time stays 0 when the mark is the same as before. */
static int rename_mark(const struct renaming *re,
		       const struct changes_span *span,
		       struct timespec *ret_time)
{
	struct compose compose = { .t = re->t,
				   .sessions = re->from->sessions,
				   .span = span,
				   .drain = &re->drain,
				   .interrupted = re->from->interrupted,
				   .keep_step = true };
	struct mark_text old = { .fd = -1 };
	const struct checkpoint *from = re->from;
	int r;

	/* A group of marks, or two that change places. */
	if ((re->flags & RENAME_EXCHANGE) || is_as_good_as_before(re, span) ||
	    mark_open(from->dir, from->name, &old) < 0) {
		r = may_move(re);
		return r < 0 ? r : rename_plainly(re);
	}
	r = compose_collect(&compose, old.fd);
	if (compose.why[0])
		trouble(re->t, re->from, compose.why);
	if (!r)
		r = rename_anew(re, &compose, &old, ret_time);
	compose_release(&compose);
	close_fd(old.fd);
	return r;
}

static int sync_dirs(const struct renaming *re)
{
	int r = mark_sync_dir(re->to);

	return r || re->from->dir == re->to ? r : mark_sync_dir(re->from->dir);
}

int checkpoint_rename(struct versions *t, const struct checkpoint *from,
		      struct dir *to, const char *to_name, unsigned int flags)
{
	struct renaming re = { t, from, to, to_name, flags, { 0 } };
	struct timespec made = { 0 };
	struct changes_span span;
	int r = changes_begin(versions_rooms(t)->changes, from->session, &span);

	if (r < 0)
		return r;
	re.drain = drain_for(t, from, &span);
	r = barrier(t, from, &re.drain, &span);
	if (!r && !flags)
		r = keep_manifest(t, to, to_name);
	if (!r)
		r = rename_mark(&re, &span, &made);
	if (!r)
		r = sync_dirs(&re);
	drain_release(&re.drain);
	changes_end(versions_rooms(t)->changes, &span,
		    r < 0 || !made.tv_sec ? NULL : &made);
	if (!r)
		tell_renamed(&re);
	return r;
}

int checkpoint_remove(struct versions *t, struct dir *dir, const char *name)
{
	auto_free char *path = NULL;
	int r = keep_manifest(t, dir, name);

	if (!r)
		former_forget(versions_rooms(t)->state, dir, name);
	if (!r)
		r = remove_mark(dir, name);
	if (!r)
		r = mark_sync_dir(dir);
	path = dir_path(dir, name);
	if (!r)
		events_tell(versions_rooms(t)->events, LOG_EVENT,
			    "mark \"%s\" forgotten", path ? path : name);
	return r;
}
