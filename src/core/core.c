/* SPDX-License-Identifier: MIT */
#include "core/core.h"

#include "base/util.h"
#include "core/backing/tree_lock.h"
#include "core/changes/changes.h"
#include "core/changes/hasher.h"
#include "core/changes/intent.h"
#include "core/changes/lost_writes.h"
#include "core/exit_locks/exit_locks.h"
#include "core/flush/failures.h"
#include "core/flush/flush.h"
#include "core/flush/vouched.h"
#include "core/flush/write_ahead.h"
#include "core/learn/learn.h"
#include "core/process/ancestry.h"
#include "core/sessions/sessions.h"
#include "core/temp/filesystems.h"
#include "core/temp/journal.h"
#include "core/temp/temp.h"
#include "core/verify/stale.h"
#include "core/version/pending.h"

/* What there is of the tree, and of .idemfs. */
static int make_backing(struct rooms *in, const struct core_spec *spec)
{
	const struct state *state = spec->state;
	int r = backing_new(spec->root, state->marks, spec->dir_fds,
			    spec->opt->cache_ms, &in->backing);

	if (!r)
		r = backing_hide(in->backing, state->dir);
	if (!r)
		r = tree_lock_new(&in->tree);
	in->opt = spec->opt;
	in->state = state;
	in->events = spec->events;
	in->wait = (struct wait_hooks){ spec->hooks.wait_begin,
					spec->hooks.wait_end, spec->hooks.arg };
	return r < 0 ? r : disk_init(&in->disk, state->tmp);
}

/* What is only in memory, and needs no other room. */
static int make_tables(struct rooms *in, const struct core_spec *spec)
{
	int r = ancestries_new(&in->ancestries);

	if (!r)
		r = lineages_new(&in->lines);
	if (!r && spec->lock_hooks)
		r = locks_new(spec->lock_hooks, &in->locks);
	return r ? r : failures_new(in->events, &in->failures);
}

static int make_temps(struct rooms *in)
{
	const struct filesystems_spec filesystems = {
		.state = in->state,
		.backing = in->backing,
		.disk = &in->disk,
		.events = in->events,
		.promises = in->opt->durability == DURABILITY_CLOSE,
	};
	struct temps_spec temps = {
		.state = in->state,
		.disk = &in->disk,
		.events = in->events,
		.wait = in->wait,
	};
	int r = filesystems_new(&filesystems, &in->filesystems);

	if (!r && !in->state->fixed)
		r = journal_new(in->state->tmp, &in->journal);
	temps.journal = in->journal;
	temps.filesystems = in->filesystems;
	return r < 0 ? r : temps_new(&temps, &in->temps);
}

/* What has changed since the last mark.  The root stays open as long. */
static int make_changes(struct rooms *in)
{
	int root, r = dir_open(backing_root(in->backing), &root);

	if (r < 0)
		return r;
	r = changes_open(in->state, root, in->events, &in->changes);
	if (r < 0) {
		dir_close(backing_root(in->backing));
		return r;
	}
	r = lost_writes_new(in->changes, in->backing, in->events, &in->lost);
	if (!r)
		r = hasher_new(in->changes, root, &in->hasher);
	if (!r)
		intent_open(in->state, in->events, &in->intent);
	return r;
}

static void touch(void *durability)
{
	flush_touch(durability);
}

static int make_durability(struct rooms *in)
{
	const struct flush_spec flush = {
		.opt = in->opt,
		.state = in->state,
		.disk = &in->disk,
		.journal = in->journal,
		.filesystems = in->filesystems,
		.changes = in->changes,
		.lost = in->lost,
		.write_ahead = in->write_ahead,
		.failures = in->failures,
		.events = in->events,
		.wait = in->wait,
		.tree = in->tree,
	};

	return flush_new(&flush, &in->flush);
}

/* What is to be on the disk, and when. */
static int make_flush(struct rooms *in)
{
	int r = 0;

	if (!in->state->fixed)
		r = vouched_new(in->state, in->opt->durability, &in->vouched);
	if (!r && !in->state->fixed && in->opt->durability != DURABILITY_NONE)
		r = write_ahead_new(in->state, &in->disk, in->events,
				    &in->write_ahead);
	if (!r)
		r = make_durability(in);
	in->notes = (struct notes){
		.backing = in->backing,
		.filesystems = in->filesystems,
		.changes = in->changes,
		.hasher = in->hasher,
		.lost = in->lost,
		.events = in->events,
		.changed = touch,
		.arg = in->flush,
	};
	return r;
}

static uint64_t session_owner(void *sessions, uint64_t id)
{
	return sessions_owner(sessions, id);
}

static void session_overlap(void *sessions, uint64_t a, uint64_t b,
			    const char *path)
{
	sessions_overlap(sessions, a, b, path);
}

static void session_changed(void *sessions, uint64_t id, const char *path)
{
	sessions_changed(sessions, id, path);
}

static int make_sessions(struct core *c)
{
	struct rooms *in = &c->rooms;
	int r = sessions_new(in, c->versions, &c->sessions);

	if (r < 0)
		return r;
	in->sessions = (struct session_hooks){ session_owner, session_overlap,
					       c->sessions };
	in->notes.by_session = session_changed;
	in->notes.by_arg = c->sessions;
	return 0;
}

static void session_began(void *learn, uint64_t id, uint64_t parent,
			  bool learns, uid_t user)
{
	learn_begin(learn, id, parent, learns, user);
}

static void session_ended(void *learn, uint64_t id)
{
	learn_end(learn, id);
}

static int make_learn(struct core *c)
{
	struct session_watcher w = { session_began, session_ended, NULL };
	int r = learn_new(&(struct learn_spec){ 0 }, &c->learn);

	if (r < 0)
		return r;
	w.arg = c->learn;
	sessions_watch(c->sessions, &w);
	return 0;
}

/* The rooms above the table of versions. */
static int make_upper(struct core *c, const struct core_spec *spec)
{
	int r = 0;

	if (c->rooms.locks)
		r = exit_locks_new(c->versions, c->rooms.locks, &c->exit_locks);
	if (!r)
		r = make_sessions(c);
	if (!r)
		r = make_learn(c);
	return r ? r : stale_new(c->versions, spec->root, &c->stale);
}

static int make(struct core *c, const struct core_spec *spec)
{
	struct rooms *in = &c->rooms;
	int r = make_backing(in, spec);

	if (!r)
		r = make_tables(in, spec);
	if (!r)
		r = make_temps(in);
	if (!r)
		r = versions_new(in, &spec->hooks, &c->versions);
	if (!r && !spec->state->fixed)
		r = make_changes(in);
	if (!r)
		r = make_flush(in);
	return r ? r : make_upper(c, spec);
}

int core_new(const struct core_spec *spec, struct core **ret)
{
	struct core *c = calloc(1, sizeof(*c));
	int r = c ? make(c, spec) : -ENOMEM;

	if (r < 0)
		core_free(c);
	else
		*ret = c;
	return r;
}

static void free_rooms(struct rooms *in)
{
	flush_free(in->flush);
	write_ahead_free(in->write_ahead);
	vouched_free(in->vouched);
	intent_close(in->intent);
	hasher_free(in->hasher);
	lost_writes_free(in->lost);
	if (in->changes)
		dir_close(backing_root(in->backing));
	changes_close(in->changes);
	journal_free(in->journal);
	failures_free(in->failures);
	temps_free(in->temps);
	filesystems_free(in->filesystems);
	disk_release(&in->disk);
	locks_free(in->locks);
	lineages_free(in->lines);
	ancestries_free(in->ancestries);
	tree_lock_free(in->tree);
	backing_free(in->backing);
}

void core_free(struct core *c)
{
	if (!c)
		return;
	stale_free(c->stale);
	sessions_free(c->sessions);
	learn_free(c->learn);
	exit_locks_free(c->exit_locks);
	versions_free(c->versions);
	free_rooms(&c->rooms);
	free(c);
}

int core_start(struct core *c)
{
	int r = versions_start(c->versions);

	if (!r)
		r = flush_start(c->rooms.flush);
	return r ? r : hasher_start(c->rooms.hasher);
}

void core_stop(struct core *c)
{
	hasher_stop(c->rooms.hasher);
	versions_stop(c->versions);
	flush_stop(c->rooms.flush);
}
