/* SPDX-License-Identifier: MIT */
#include "core/core.h"

#include "base/util.h"
#include "core/backing/tree_lock.h"
#include "core/changes/changes.h"
#include "core/changes/hasher.h"
#include "core/changes/intent.h"
#include "core/changes/lost_writes.h"
#include "core/flush/failures.h"
#include "core/flush/flush.h"
#include "core/flush/vouched.h"
#include "core/flush/write_ahead.h"
#include "core/marks/running.h"
#include "core/process/ancestry.h"
#include "core/temp/filesystems.h"
#include "core/temp/journal.h"
#include "core/temp/temp.h"
#include "core/verify/stale.h"
#include "core/version/exit_locks.h"

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
	return r ? r : untold_new(in->events, &in->untold);
}

static int make_temps(struct rooms *in)
{
	const struct inners_spec inners = {
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
	int r = inners_new(&inners, &in->inners);

	if (!r && !in->state->fixed)
		r = journal_new(in->state->tmp, &in->journal);
	temps.journal = in->journal;
	temps.inners = in->inners;
	return r < 0 ? r : temps_new(&temps, &in->temps);
}

/* What has changed since the last mark.  The root stays open as long. */
static int make_changes(struct rooms *in)
{
	int root, r = dir_open(backing_root(in->backing), &root);

	if (r < 0)
		return r;
	r = history_open(in->state, root, in->events, &in->history);
	if (r < 0) {
		dir_close(backing_root(in->backing));
		return r;
	}
	r = doubt_new(in->history, in->backing, in->events, &in->doubt);
	if (!r)
		r = hasher_new(in->history, root, &in->hasher);
	if (!r)
		intent_open(in->state, in->events, &in->intent);
	return r;
}

static void touch(void *durability)
{
	durability_touch(durability);
}

static int make_durability(struct rooms *in, struct versions *t)
{
	const struct flush_spec flush = {
		.opt = in->opt,
		.state = in->state,
		.disk = &in->disk,
		.journal = in->journal,
		.inners = in->inners,
		.history = in->history,
		.doubt = in->doubt,
		.foretold = in->foretold,
		.untold = in->untold,
		.events = in->events,
		.wait = in->wait,
		.hold_names = versions_hold_names,
		.release_names = versions_release_names,
		.arg = t,
	};

	return durability_new(&flush, &in->durability);
}

/* What is to be on the disk, and when. */
static int make_flush(struct rooms *in, struct versions *t)
{
	int r = 0;

	if (!in->state->fixed)
		r = vouched_new(in->state, in->opt->durability, &in->vouched);
	if (!r && !in->state->fixed && in->opt->durability != DURABILITY_NONE)
		r = foretold_new(in->state, &in->disk, in->events,
				 &in->foretold);
	if (!r)
		r = make_durability(in, t);
	in->notes = (struct notes){
		.backing = in->backing,
		.inners = in->inners,
		.history = in->history,
		.hasher = in->hasher,
		.doubt = in->doubt,
		.events = in->events,
		.changed = touch,
		.arg = in->durability,
	};
	return r;
}

/* The rooms above the table of versions. */
static int make_upper(struct core *c, const struct core_spec *spec)
{
	int r = 0;

	if (c->rooms.locks)
		r = exit_locks_new(c->versions, c->rooms.locks, &c->exit_locks);
	if (!r) {
		c->running = running_new(spec->events);
		r = c->running ? 0 : -ENOMEM;
	}
	return r ? r : standing_new(c->versions, spec->root, &c->standing);
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
		r = make_flush(in, c->versions);
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
	durability_free(in->durability);
	foretold_free(in->foretold);
	vouched_free(in->vouched);
	intent_close(in->intent);
	hasher_free(in->hasher);
	doubt_free(in->doubt);
	if (in->history)
		dir_close(backing_root(in->backing));
	history_close(in->history);
	journal_free(in->journal);
	untold_free(in->untold);
	temps_free(in->temps);
	inners_free(in->inners);
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
	standing_free(c->standing);
	running_free(c->running);
	exit_locks_free(c->exit_locks);
	versions_free(c->versions);
	free_rooms(&c->rooms);
	free(c);
}

int core_start(struct core *c)
{
	int r = versions_start(c->versions);

	if (!r)
		r = durability_start(c->rooms.durability);
	return r ? r : hasher_start(c->rooms.hasher);
}

void core_stop(struct core *c)
{
	hasher_stop(c->rooms.hasher);
	versions_stop(c->versions);
	durability_stop(c->rooms.durability);
}
