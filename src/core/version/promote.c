/* SPDX-License-Identifier: MIT */
/*
 * promote: how a version ends.
 *
 * version_settle() is called by exactly one thread for each version, the one
 * that sealed it.  From then on no process writes to it.  A thread that holds
 * their directories may still move its names or take them away.
 *
 *	no names left    unlinked while pending: dropped
 *	never written    an update that changed nothing: replaces nothing (F7)
 *	killed, failed   quarantined (F8), unless it was fsynced after its last
 *			 write, or --resumable names it
 *	a write failed   quarantined (F9)
 *	otherwise        promoted: one rename for each name; or an append to
 *			 the file itself (append.h)
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "base/events.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/changes/intent.h"
#include "core/changes/lost_writes.h"
#include "core/changes/note.h"
#include "core/flush/failures.h"
#include "core/flush/flush.h"
#include "core/flush/vouched.h"
#include "core/flush/write_ahead.h"
#include "core/process/outcome.h"
#include "core/quarantine/quarantine.h"
#include "core/temp/temp.h"
#include "core/version/across.h"
#include "core/version/append.h"
#include "core/version/names.h"
#include "core/version/owner.h"
#include "core/version/placed.h"
#include "core/version/promise.h"
#include "core/version/sqlite.h"
#include "core/version/temp_names.h"
#include "core/version/version.h"

#define UNFLUSHED_MS 500 /* how long a killed opener may take to die */

int version_may_replace(struct version *v, struct dir *dir, const char *name)
{
	struct dir_traits traits;
	struct stat of_dir, there, own;
	uid_t maker = v->temp.made_by;
	struct statx st;

	if (dir_get_traits(dir, &traits) < 0 || !(traits.mode & S_ISVTX))
		return 0;
	if (v->given || owner_adds_file(v, dir, name))
		maker = v->temp.by.uid;
	if (maker == NOBODY || dir_statx(dir, name, &st) < 0)
		return 0;
	if (fstat(v->temp.fd, &own) < 0)
		return -errno;
	if (v->temp.made_by == NOBODY)
		own.st_uid = maker;
	statx_to_stat(&st, &there);
	of_dir = (struct stat){ .st_mode = traits.mode, .st_uid = traits.uid };
	return access_replace(&of_dir, &there, &own, maker);
}

/* Must a copy be flushed?  It must be as durable as the temp was. */
static bool must_flush(struct version *v)
{
	return v->table->promises || v->on_disk || atomic_load(&v->synced);
}

/* A promotion under way. */
struct promotion {
	struct version *v;
	struct across *copies; /* where no rename leads to the name */
	bool any;	       /* one of its names has got it */
};

static int rename_to_name(struct promotion *p, struct vname *vn, int dirfd)
{
	struct version *v = p->v;
	int r = across_place(&p->copies, v, vn, dirfd, must_flush(v));

	if (r != -ENOENT)
		return r;
	r = sys.renameat2(temp_home(&v->temp), vn->temp, dirfd, vname_name(vn),
			  0);
	if (r == -EXDEV)
		return across_begin(&p->copies, vn, dirfd);
	if (!r)
		temp_moved(&v->temp, vn->temp);
	return r;
}

/*
 * A write leaves the times of the directory alone.  So must the rename that
 * stands for it where the name was there before.  The directory is held, so no
 * other thread changes it meanwhile, and versions_statx() does not show these
 * times.
 */
static int rename_over_base(struct promotion *p, struct vname *vn, int dirfd)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
	struct versions *t = p->v->table;
	struct stat st;
	int r;

	if (fstat(dirfd, &st) < 0)
		return rename_to_name(p, vn, dirfd);
	atomic_fetch_add(&t->times.begun, 1);
	r = rename_to_name(p, vn, dirfd);
	times[1] = st.st_mtim;
	/* In a directory of another user this fails, and they have moved. */
	if (!r || r == -EXDEV)
		(void)sys.utimensat(dirfd, "", times, AT_EMPTY_PATH);
	atomic_fetch_add(&t->times.ended, 1);
	return r;
}

static int promote_name(struct promotion *p, struct vname *vn)
{
	struct version *v = p->v;
	auto_pin pin = { 0 };
	int r = dir_pin(vn->dir, &pin);

	if (!r)
		r = version_may_replace(v, vn->dir, vname_name(vn));
	if (r < 0)
		return r;
	return v->replaces ? rename_over_base(p, vn, pin.fd)
			   : rename_to_name(p, vn, pin.fd);
}

static bool comes_before_locked(const struct vname *a, const struct vname *b)
{
	const struct version *v = a->version;

	ASSERT_HELD(&v->table->lock);
	return v->state == VERSION_SEALED && v->turn < b->version->turn;
}

/* V5: of those that were sealed at one name, the first is settled first. */
static void check_turn_locked(const struct version *v)
{
	ASSERT_HELD(&v->table->lock);
	for (struct vname *vn = v->names; vn; vn = vn->next)
		for (struct vname *o = vn->at->newest; o; o = o->older)
			assert(o->moved || vn->moved ||
			       !comes_before_locked(o, vn));
}

/* The version is settled: wakes the threads that wait. */
static void end_as(struct version *v, enum version_state state)
{
	struct versions *t = v->table;

	LOCK_SCOPE(&t->lock);
	check_turn_locked(v);
	while (v->names)
		vname_remove_locked(v->names);
	v->state = state;
	version_check_locked(v);
	versions_changed_locked(t);
}

static void tell_settled(struct version *v, struct dir *dir, const char *name)
{
	struct versions *t = v->table;

	t->hooks.settled(t->hooks.arg, v, dir, name);
}

/*
 * A thread that waits for the times of the directory, as a LOOKUP of the next
 * new file does, need not wait until the change is recorded.  After the epoch
 * (cache.c).
 */
static void name_is_promoted(struct versions *t, struct vname *vn)
{
	LOCK_SCOPE(&t->lock);
	if (vn->promoted)
		return;
	vname_promoted_locked(vn);
	versions_changed_locked(t);
}

/* Are all its bytes flushed, so that fsync of the directory need not? */
static bool is_flushed(const struct version *v)
{
	return v->table->promises || v->on_disk ||
	       (atomic_load(&v->synced) && !atomic_load(&v->unseen));
}

/* What is about to be at the name. */
static int coming_fd(struct promotion *p, const struct vname *vn)
{
	int fd = across_fd(p->copies, vn);

	return fd < 0 ? version_promoted_fd(p->v) : fd;
}

/* Promotes one name, and adds it to the changes. */
static int promote_and_note(struct promotion *p, struct vname *vn)
{
	struct version *v = p->v;
	struct versions *t = v->table;
	INTENT_SCOPE(t->rooms->intent, vn->dir, vname_name(vn));
	int r;

	if (v->over)
		write_ahead_placed(t->rooms->write_ahead, vn->dir,
				   vname_name(vn), coming_fd(p, vn));
	r = promote_name(p, vn);
	if (r < 0)
		return r;
	free(steal_ptr(&vn->temp));
	p->any = true;
	atomic_fetch_add(&vn->dir->epoch, 1);
	name_is_promoted(t, vn);
	if (!is_flushed(v))
		flush_taint(t->rooms->flush, vn->dir);
	version_note_promoted(v, vn->dir, vname_name(vn));
	return 0;
}

/*
 * The names are held, and stand still.  One that fails does not keep the others
 * from being promoted; the first failure is returned, -EXDEV after any other.
 */
static int promote_names(struct promotion *p)
{
	int r = 0;

	for (struct vname *vn = p->v->names; vn; vn = vn->next) {
		int code = vn->temp ? promote_and_note(p, vn) : 0;

		if (code < 0 && (!r || r == -EXDEV))
			r = code;
	}
	return r;
}

static struct vname *promoted_name(struct version *v)
{
	for (struct vname *vn = v->names; vn; vn = vn->next)
		if (!vn->temp)
			return vn;
	return NULL;
}

static bool others_pending(struct version *v)
{
	LOCK_SCOPE(&v->table->lock);
	for (struct vname *vn = v->names; vn; vn = vn->next)
		if (vn->at->newest != vn || vn->older)
			return true;
	return false;
}

/* Other versions will replace it in turn: its readers share their locks. */
static void share_line(struct version *v)
{
	struct versions *t = v->table;
	struct file_key key;
	struct statx st;

	if (!others_pending(v) || fd_statx(version_promoted_fd(v), &st) < 0)
		return;
	key = statx_key(&st);
	lineage_put(t->hooks.file_line(t->hooks.arg, &key, v->line));
}

static int64_t size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? 0 : (int64_t)st.st_size;
}

/* The names are held, so that neither names nor files change. */
static bool is_over_vouched(struct version *v)
{
	for (struct vname *vn = v->names; vn; vn = vn->next)
		if (vouched_at(v->table->rooms->vouched, vn->dir,
			       vname_name(vn)))
			return true;
	return false;
}

static int write_out(struct version *v)
{
	int r;

	WAIT_SCOPE(&v->table->rooms->wait);
	r = way_flush_bytes(temp_way(&v->temp), version_promoted_fd(v));
	v->on_disk = !r;
	return r;
}

/* Must its bytes be on disk before it comes to its names? */
static bool must_write_out(struct version *v)
{
	const struct versions *t = v->table;

	v->over = is_over_vouched(v);
	if (v->on_disk || t->promises ||
	    t->rooms->opt->durability == DURABILITY_NONE)
		return false;
	return v->over || temp_way(&v->temp) == WAY_EACH;
}

/*
 * Holds the names, so that they stand still.  Nothing is held over a flush, and
 * what is at the names may be another file after it.
 */
static int hold_names(struct version *v, struct tree_hold *ret)
{
	int r = 0;

	*ret = version_hold_names(v, 0);
	while (!r && must_write_out(v)) {
		tree_release(ret);
		r = write_out(v);
		*ret = version_hold_names(v, 0);
	}
	return r;
}

static void note_came(struct version *v)
{
	struct statx st;

	if (vouched_any(v->table->rooms->vouched) &&
	    !fd_statx(version_promoted_fd(v), &st))
		vouched_placed(v->table->rooms->vouched, &st, v->over);
}

/* May a flush have lost some of it?  -errno: the kernel says so. */
static int judge_writes(struct version *v)
{
	bool from_base = !v->temp.truncated && !atomic_load(&v->stream.emptied);

	return lost_writes_judge(v->table->rooms->lost, &v->writes, v->temp.fd,
				 from_base ? atomic_load(&v->temp.base) : -1);
}

static int try_names(struct promotion *p, struct tree_hold *hold)
{
	int r = hold_names(p->v, hold);

	if (!r)
		r = owner_give(p->v);
	return r < 0 ? r : promote_names(p);
}

/* @hold is of its names in the end. */
static int promote_all(struct promotion *p, struct tree_hold *hold)
{
	struct version *v = p->v;
	int r = try_names(p, hold);

	while (r == -EXDEV) {
		tree_release(hold);
		r = across_fill(p->copies, v, must_flush(v));
		if (!r)
			r = try_names(p, hold);
		else
			*hold = version_hold_names(v, 0);
	}
	return r;
}

/* It is at one of its names, which may be gone again. */
static void note_promotion(struct version *v)
{
	struct vname *at = promoted_name(v);
	struct versions *t = v->table;

	note_came(v);
	atomic_fetch_add(&t->promoted, 1);
	atomic_fetch_add(&t->promoted_bytes, size_of(version_promoted_fd(v)));
	tell_settled(v, at ? at->dir : NULL, at ? vname_name(at) : NULL);
	share_line(v);
}

/* 0: all names are promoted.  -errno: one is not, and still has its temp. */
static int promote(struct version *v)
{
	struct promotion p = { .v = v };
	auto_hold hold = { 0 };
	int r;

	/* No process writes to it any more, except by a mapping. */
	r = atomic_load(&v->mappable) ? version_renew_temp(v, must_flush(v))
				      : 0;
	if (r < 0)
		return r;
	r = promote_all(&p, &hold);
	if (p.any)
		note_promotion(v);
	else if (!r)
		tell_settled(v, NULL, NULL); /* unlinked a moment ago */
	if (!r)
		end_as(v, p.any ? VERSION_COMMITTED : VERSION_DISCARDED);
	tree_release(&hold);
	across_release(&p.copies);
	return r;
}

static void describe_end(struct version *v, const struct ending *e, int code,
			 char *why, size_t size)
{
	if (e->given_up)
		snprintf(why, size, "%s", e->given_up);
	else if (code < 0)
		snprintf(why, size, "could not be promoted: %s",
			 strerror(-code));
	else if (atomic_load(&v->error) < 0)
		snprintf(why, size, "could not be written: %s",
			 strerror(-atomic_load(&v->error)));
	else
		writer_describe(e->why, why, size);
}

static void describe(struct version *v, const struct ending *e, int code,
		     char *why, size_t size)
{
	size_t n;

	describe_end(v, e, code, why, size);
	n = strlen(why);
	if (atomic_load(&v->temp.tail) >= 0)
		snprintf(why + n, size - n,
			 "; no room for its first %lld bytes, which are those "
			 "of the file",
			 (long long)v->temp.tail_from);
}

/* What of a version goes into quarantine. */
struct keeping {
	struct version *v;
	int code; /* its promotion has failed, or 0 */
	struct partial p;
	char *copy; /* there, of a temp on another filesystem; or NULL */
	uint64_t id;
};

static void keeping_release(struct keeping *k)
{
	if (k->copy)
		sys.unlinkat(k->v->table->rooms->state->partial, k->copy, 0);
	free(k->copy);
	free(k->p.path);
}

static int move_to_quarantine(struct keeping *k, const char *name)
{
	struct temp *temp = &k->v->temp;
	int partial = k->v->table->rooms->state->partial;
	int r = k->copy ? quarantine_rename(partial, partial, k->copy, &k->p,
					    &k->id)
			: quarantine_rename(partial, temp_home(temp), name,
					    &k->p, &k->id);

	if (r < 0)
		return r;
	if (k->copy)
		temp_remove(temp, name);
	else
		temp_moved(temp, name);
	free(steal_ptr(&k->copy));
	return 0;
}

/* Keeps the bytes of the first temp that is left, removes other links. */
static int keep_partial(struct keeping *k)
{
	int r = -ENOENT;

	for (struct vname *vn = k->v->names; vn && r != -EXDEV; vn = vn->next) {
		if (!vn->temp)
			continue;
		if (r == -ENOENT)
			r = move_to_quarantine(k, vn->temp);
		else
			temp_remove(&k->v->temp, vn->temp);
	}
	return r;
}

/* Its names are held.  -EXDEV: it has to be copied first. */
static int try_to_keep(struct keeping *k)
{
	struct versions *t = k->v->table;
	int r;

	free(k->p.path);
	k->p.path = version_path(k->v);
	LOCK_SCOPE(&t->keeping);
	if (is_no_room(k->code) || is_no_room(atomic_load(&k->v->error)))
		temp_release_reserve(t->rooms->temps);
	owner_give_partial(k->v);
	r = keep_partial(k);
	temp_reserve(t->rooms->temps);
	return r;
}

static int copy_to_quarantine(struct keeping *k)
{
	struct version *v = k->v;
	const struct rooms *rooms = v->table->rooms;
	int fd = version_promoted_fd(v);

	WAIT_SCOPE(&rooms->wait);
	return quarantine_copy(rooms->state->partial,
			       fd < 0 ? atomic_load(&v->temp.tail) : fd,
			       &k->copy);
}

/*
 * @hold is of its names in the end.  They are not held while it is copied, so
 * it may have none any more.
 */
static int keep(struct keeping *k, struct tree_hold *hold)
{
	int r = try_to_keep(k);

	if (r != -EXDEV)
		return r;
	tree_release(hold);
	r = copy_to_quarantine(k);
	*hold = version_hold_names(k->v, 0);
	return r < 0 || !k->v->names ? r : try_to_keep(k);
}

/* Discards one that was unlinked or never written: nothing is kept. */
static void discard_bare(struct version *v)
{
	tell_settled(v, NULL, NULL);
	end_as(v, VERSION_DISCARDED);
}

/*
 * For each user and session that has written it: the next mark of these fails.
 */
static void note_failure(struct version *v, const char *path, int code)
{
	struct versions *t = v->table;

	LOCK_SCOPE(&t->lock);
	failures_note(t->rooms->failures, v->temp.by.uid, v->session, path,
		      code);
	for (unsigned int i = 0; i < v->joined_count; i++)
		failures_note(t->rooms->failures, v->joined[i].uid,
			      v->joined[i].session, path, code);
}

/* @r: what came of keeping it. */
static void tell_kept(const struct keeping *k, int r)
{
	struct versions *t = k->v->table;
	const char *path = k->p.path ? k->p.path : "";

	/* A write that failed has told its writer; of this no caller knows. */
	if (k->code < 0)
		note_failure(k->v, path, k->code);
	if (r < 0)
		events_tell(
			t->rooms->events, LOG_ERROR,
			"\"%s\": not promoted: %s; its partial content "
			"stays in the state directory until the next mount: "
			"%s",
			path, k->p.why, strerror(-r));
	else
		events_tell(t->rooms->events, LOG_EVENT,
			    "\"%s\": not promoted: %s; kept as partial %llu",
			    path, k->p.why, (unsigned long long)k->id);
}

static void quarantine(struct version *v, struct ending *e, int code)
{
	struct versions *t = v->table;
	char why[256];
	__attribute__((cleanup(keeping_release))) struct keeping k = {
		.v = v,
		.code = code,
		.p = { .command = e->command,
		       .why = why,
		       .pid = v->temp.pid,
		       .began = v->temp.began },
	};
	auto_hold hold = { 0 };
	struct stat st;
	int r = 0;

	version_fill(v); /* if that fails, the record says that it is a tail */
	if (!version_stat(v, &st))
		k.p.size = st.st_size;
	describe(v, e, code, why, sizeof(why));
	clock_gettime(CLOCK_REALTIME, &k.p.time);
	hold = version_hold_names(v, 0);
	if (v->names)
		r = keep(&k, &hold);
	if (!v->names) { /* unlinked a moment ago */
		discard_bare(v);
		return;
	}
	atomic_fetch_add(code < 0 || v->error ? &t->failed : &t->discarded, 1);
	tell_kept(&k, r);
	atomic_fetch_add(&t->kept, 1);
	flush_kept(t->rooms->flush);
	flush_touch(t->rooms->flush);
	tell_settled(v, NULL, NULL);
	end_as(v, VERSION_DISCARDED);
}

static bool must_wait_locked(const struct version *v)
{
	ASSERT_HELD(&v->table->lock);
	for (struct vname *vn = v->names; vn; vn = vn->next)
		for (struct vname *o = vn->at->newest; o; o = o->older)
			if (comes_before_locked(o, vn))
				return true;
	return false;
}

/*
 * Versions are sealed in the order of their last closes, but settled by
 * independent threads, so each waits for its turn (V5).  Returns whether the
 * version still has a name once its turn has come.
 */
static bool take_turn(struct version *v)
{
	LOCK_SCOPE(&v->table->lock);
	while (must_wait_locked(v))
		versions_wait_locked(v->table);
	return v->names != NULL;
}

static struct writer_fate fate_of_process(pid_t pid)
{
	struct writer_fate killed = { .end = WRITER_KILLED };

	if (kill(pid, 0) < 0 && errno == ESRCH)
		return killed;
	return writer_fate(pid);
}

/*
 * There was no FLUSH.  Either the opener was killed before it got its
 * descriptor, and will be seen to die in a moment.  Or it lives, and closed in
 * a way that sends no FLUSH, as io_uring may.
 */
static void judge_unflushed(struct version *v, struct ending *e)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	struct writer_fate fate = { .end = WRITER_CLOSED };

	WAIT_SCOPE(&v->table->rooms->wait);
	for (int i = 0; i < UNFLUSHED_MS && fate.end == WRITER_CLOSED; i++) {
		fate = fate_of_process(e->unflushed);
		if (fate.end == WRITER_CLOSED)
			nanosleep(&ms, NULL);
	}
	e->why = fate;
	e->clean = fate.end == WRITER_CLOSED ||
		   v->table->rooms->opt->discard == DISCARD_NEVER;
}

/* The version is tainted: how its opener goes on decides. */
static void judge_tainted(struct version *v, struct ending *e)
{
	struct writer_fate fate;

	WAIT_SCOPE(&v->table->rooms->wait);
	fate = outcome_wait(e->watch, e->closer);
	e->clean = fate.end == WRITER_CLOSED || fate.end == WRITER_EXITED;
	e->why = e->taint;
}

/*
 * An SQLite journal is of use only with the state of the database that it was
 * written for.  That was discarded, or is whole without it.
 */
static bool is_journal(struct version *v)
{
	LOCK_SCOPE(&v->table->lock);
	return v->names && sqlite_is_journal(vname_name(v->names));
}

static bool is_resumable(struct version *v)
{
	auto_free char *path = version_path(v);

	return path && *path &&
	       rules_match(v->table->rooms->opt->resumable, path);
}

/* No writer has closed it cleanly: is it promoted all the same? */
static bool is_good_as_it_is(struct version *v, const struct ending *e)
{
	if (is_resumable(v))
		return true;
	return !e->given_up && version_is_good(v) && !is_journal(v);
}

/* Has anything been written? */
static bool has_temp(struct version *v)
{
	return atomic_load(&v->temp.tail) >= 0 || atomic_load(&v->temp.fd) >= 0;
}

/* No open and no close changes it any more. */
static struct ending ending_of(struct version *v)
{
	LOCK_SCOPE(&v->table->lock);
	return v->ending;
}

/* How its writers went: with what is known by now of those that were killed. */
static void judge_ending(struct version *v, struct ending *e)
{
	if (!e->clean && e->unflushed)
		judge_unflushed(v, e);
	if (!e->clean && e->taint.end == WRITER_KILLED)
		judge_tainted(v, e);
}

void version_settle(struct version *v)
{
	struct promises *promises = v->table->promises;
	struct ending e = ending_of(v);
	int flushed, r;

	if (!take_turn(v) || !has_temp(v)) {
		promise_forget(promises, v);
		discard_bare(v);
		return;
	}
	judge_ending(v, &e);
	if (atomic_load(&v->error) < 0 ||
	    ((e.given_up || !e.clean) && !is_good_as_it_is(v, &e))) {
		/* If that fails, recovery may promote it after a power cut. */
		promise_void(promises, v);
		quarantine(v, &e, 0);
		return;
	}
	r = append_promote(v);
	if (r > 0) {
		end_as(v, VERSION_COMMITTED);
		return;
	}
	if (!r)
		r = version_fill(v);
	if (r < 0) {
		quarantine(v, &e, r);
		return;
	}
	flushed = promise_prepare(promises, v);
	r = flushed < 0 ? flushed : judge_writes(v);
	if (!r)
		r = promote(v);
	if (!r && flushed)
		promise_flush_names(promises, v);
	if (r < 0)
		quarantine(v, &e, r);
}
