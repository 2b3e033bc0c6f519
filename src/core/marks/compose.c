/* SPDX-License-Identifier: MIT */
#include "core/marks/compose.h"

#include <string.h>

#include "base/events.h"
#include "base/util.h"
#include "core/changes/hasher.h"
#include "core/changes/lost_writes.h"
#include "core/learn/learn.h"
#include "core/version/drain.h"
#include "core/version/version.h"

static int apply_manifest(int fd, struct pathmap *into)
{
	struct manifest_reader *m;
	struct record rec;
	int r = manifest_open(fd, &m);

	if (r < 0)
		return r;
	while ((r = manifest_next(m, &rec)) > 0) {
		r = pathmap_apply(into, &rec, 0);
		if (r < 0)
			break;
	}
	manifest_close(m);
	return r;
}

/* Collects what the mark told before, and then the later changes. */
static int collect(struct compose *compose, int old)
{
	int r = 0;

	/* Marks of others may have told records in between. */
	if (old >= 0) {
		pathmap_mix(compose->map);
		r = apply_manifest(old, compose->map);
	}
	/* Damaged: making it anew repairs it. */
	if (r == -EBADMSG || r == -EPROTO) {
		events_tell(versions_rooms(compose->t)->events, LOG_WARN,
			    "a mark that is made anew was damaged");
		pathmap_free(compose->map);
		compose->map = pathmap_new();
		r = compose->map ? 0 : -ENOMEM;
	}
	if (!r)
		r = changes_replay(compose->span, compose->map);
	return r ? r
		 : hasher_finish(versions_rooms(compose->t)->hasher,
				 compose->map, compose->interrupted);
}

static int check_doubts(struct compose *compose)
{
	const struct lost_writes_mark m = { .map = compose->map,
					    .upto = compose->span->upto,
					    .some = compose->span->mixed,
					    .interrupted = compose->interrupted,
					    .why = compose->why,
					    .why_size = sizeof(compose->why) };

	/* At that level marks do not vouch for the disk. */
	return versions_rooms(compose->t)->opt->durability == DURABILITY_NONE
		       ? 0
		       : lost_writes_check(versions_rooms(compose->t)->lost,
					   &m);
}

int compose_collect(struct compose *compose, int old)
{
	const struct wait_hooks *wait = &versions_rooms(compose->t)->wait;
	int r;

	compose->old = old;
	compose->map = pathmap_new();
	if (!compose->map)
		return -ENOMEM;
	wait_begin(wait);
	r = hasher_drain(versions_rooms(compose->t)->hasher,
			 compose->interrupted);
	if (!r)
		r = collect(compose, old);
	if (!r)
		r = check_doubts(compose);
	wait_end(wait);
	return r;
}

struct put {
	struct manifest_writer *w;
	const atomic_bool *interrupted;
	const char *going;
};

static int put(void *arg, const struct record *r, uint32_t node)
{
	struct put *p = arg;

	(void)node;
	if (p->interrupted && atomic_load(p->interrupted))
		return -EINTR;
	/* This path is about to be renamed to the mark. */
	if (p->going && !strcmp(r->path, p->going))
		return 0;
	return manifest_put(p->w, r);
}

static struct timespec between(const struct timespec *a,
			       const struct timespec *b)
{
	struct timespec d = { b->tv_sec - a->tv_sec, b->tv_nsec - a->tv_nsec };

	if (d.tv_nsec < 0) {
		d.tv_nsec += 1000000000;
		d.tv_sec--;
	}
	/* The clock was set back. */
	return d.tv_sec < 0 ? (struct timespec){ 0 } : d;
}

/* An input of the step, with the seq of the last record. */
static int put_input(struct manifest_writer *w, const struct record *input,
		     uint64_t order)
{
	struct record rec = *input;

	rec.seq = order;
	return manifest_put(w, &rec);
}

static int put_old_inputs(struct compose *compose, struct manifest_writer *w)
{
	struct manifest_reader *m;
	struct record rec;
	int r = manifest_open(compose->old, &m);

	if (r < 0)
		return r;
	while ((r = manifest_next(m, &rec)) > 0) {
		if (rec.kind == RECORD_INPUT || record_is_learned(rec.kind))
			r = put_input(w, &rec, compose->span->upto);
		if (r < 0)
			break;
	}
	manifest_close(m);
	return r;
}

static int put_inputs(struct compose *compose, struct manifest_writer *w)
{
	const struct step *step = compose->step;
	int r = 0;

	for (size_t i = 0; step && !r && i < step->count; i++)
		r = put_input(w, &step->inputs[i], compose->span->upto);
	return r || !compose->keep_step ? r : put_old_inputs(compose, w);
}

static int each_change(void *arg, learn_change each, void *each_arg)
{
	return changes_each(arg, each, each_arg);
}

static int put_one(void *arg, const struct record *r)
{
	return manifest_put(arg, r);
}

/* What the command has read. */
static int put_learned(struct compose *compose, struct manifest_writer *w)
{
	const struct rooms *rooms = versions_rooms(compose->t);
	struct learn_mark m = {
		.session = compose->span->scope,
		.seq = compose->span->upto,
		.hasher = rooms->hasher,
		.map = compose->map,
		.changes = each_change,
		.arg = (void *)compose->span,
		.interrupted = compose->interrupted,
	};
	struct dir *root = backing_root(rooms->backing);
	int r;

	if (!compose->learn || !compose->step)
		return 0;
	r = dir_open(root, &m.root);
	if (r < 0)
		return r;
	wait_begin(&rooms->wait);
	r = learn_collect(compose->learn, &m, put_one, w);
	wait_end(&rooms->wait);
	dir_close(root);
	return r;
}

/* What other users have open: the mark does not vouch for it. */
static int put_others(const struct drain *d, struct manifest_writer *w)
{
	int r = 0;

	for (unsigned int i = 0; !r && i < d->named; i++)
		r = manifest_put_open(w, d->others[i]);
	if (!r && d->count > d->named)
		r = manifest_put_more(w, d->count - d->named);
	return r;
}

static int put_all(struct compose *compose, struct manifest_writer *w)
{
	const struct wait_hooks *wait = &versions_rooms(compose->t)->wait;
	struct put p = { w, compose->interrupted, compose->going };
	int r;

	wait_begin(wait);
	r = pathmap_each(compose->map, put, &p);
	wait_end(wait);
	if (!r)
		r = put_inputs(compose, w);
	if (!r)
		r = put_learned(compose, w);
	return r || !compose->drain ? r : put_others(compose->drain, w);
}

static int write_all(struct compose *compose, int fd,
		     const struct manifest_head *h, off_t *ret_size)
{
	struct manifest_writer *w;
	int r = manifest_create(fd, h, &w);

	if (r < 0)
		return r;
	r = put_all(compose, w);
	if (!r)
		return manifest_finish(w, ret_size);
	manifest_abandon(w);
	return r;
}

static void take_step(struct manifest_head *h, const struct compose *compose)
{
	const struct step *s = compose->step;

	h->command = s->command;
	h->has_argv = true;
	h->argv = s->argv;
	h->has_ran = s->has_ran;
	h->ran = s->ran;
	h->learn = compose->learn &&
		   learn_is_learning(compose->learn, compose->span->scope);
}

/* Keeps what the old mark says of the command. */
static void keep_step(struct manifest_head *h, const struct manifest_head *old)
{
	h->command = old->command;
	h->has_argv = true;
	h->argv = old->argv;
	h->has_ran = old->has_ran;
	h->ran = old->ran;
	h->learn = old->learn;
}

int compose_write(struct compose *compose, int fd, struct manifest_head *h,
		  off_t *ret_size)
{
	struct manifest_reader *old = NULL;
	int r = compose->keep_step ? manifest_open(compose->old, &old) : 0;

	if (r < 0)
		return r;
	h->order = compose->span->upto;
	h->since.tv_sec = -1;
	if (compose->span->before.tv_sec)
		h->since = between(&compose->span->before, &h->time);
	if (compose->step)
		take_step(h, compose);
	else if (old && manifest_head(old)->has_argv)
		keep_step(h, manifest_head(old));
	r = write_all(compose, fd, h, ret_size);
	manifest_close(old);
	return r;
}

void compose_release(struct compose *compose)
{
	pathmap_free(steal_ptr(&compose->map));
}
