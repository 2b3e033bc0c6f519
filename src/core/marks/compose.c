/* SPDX-License-Identifier: MIT */
#include "core/marks/compose.h"

#include <string.h>

#include "base/events.h"
#include "base/util.h"
#include "core/changes/hasher.h"
#include "core/changes/lost_writes.h"
#include "core/learn/learn.h"
#include "core/marks/carry.h"
#include "core/version/drain.h"
#include "core/version/version.h"

/* What the mark told before, among what has changed since. */
struct joining {
	struct pathmap *into;
	struct manifest_reader *old;
	struct record next; /* of old */
	int left;	    /* of manifest_next(): 1 while there is one */
	const struct pathmap *kept_of; /* only what is kept (former.h); or NULL */
	int root;		       /* with that */
};

static int apply_one(struct joining *j)
{
	if (j->kept_of && !former_is_kept(&j->next, j->root, j->kept_of))
		return 0;
	return pathmap_apply(j->into, &j->next, 0);
}

/* The records of the mark as it was, up to @seq. */
static int apply_older(struct joining *j, uint64_t seq)
{
	int r = 0;

	while (!r && j->left > 0 && j->next.seq <= seq) {
		r = apply_one(j);
		if (!r)
			j->left = manifest_next(j->old, &j->next);
	}
	return r ? r : j->left < 0 ? j->left : 0;
}

static int apply_newer(void *arg, const struct record *r, uint32_t node)
{
	struct joining *j = arg;
	int code = apply_older(j, r->seq);

	(void)node;
	return code ? code : pathmap_apply(j->into, r, 0);
}

struct newer {
	uint64_t first; /* seq */
	bool moves;
};

static int see_newer(void *arg, const struct record *r, uint32_t node)
{
	struct newer *n = arg;

	(void)node;
	if (!n->first)
		n->first = r->seq;
	n->moves |= r->kind == RECORD_MOVED;
	return n->moves;
}

/*
 * A session may have untold changes from before the mark was made, by another
 * one.  So the order of seq counts, not that of the two.  And other marks may
 * have told, since, of what is in a directory that was then renamed.
 */
static int join_open(struct compose *compose, struct joining *j)
{
	struct newer n = { 0 };
	int r = pathmap_each(compose->map, see_newer, &n);

	if (r < 0)
		return r;
	if (compose->span->mixed || j->kept_of || n.moves ||
	    n.first <= manifest_head(j->old)->order)
		pathmap_mix_unseen(j->into);
	j->left = manifest_next(j->old, &j->next);
	r = pathmap_each(compose->map, apply_newer, j);
	return r ? r : apply_older(j, UINT64_MAX);
}

/* compose->map also has what the manifest @fd tells. */
static int join(struct compose *compose, int fd, struct joining j)
{
	int r;

	j.into = pathmap_new();
	r = j.into ? manifest_open(fd, &j.old) : -ENOMEM;
	if (!r)
		r = join_open(compose, &j);
	manifest_close(j.old);
	if (!r) {
		pathmap_free(compose->map);
		compose->map = steal_ptr(&j.into);
	}
	pathmap_free(j.into);
	return r;
}

/* What the mark told before. */
static int add_old(struct compose *compose, int old)
{
	int r = join(compose, old, (struct joining){ 0 });

	/* Damaged: making it anew repairs it. */
	if (r != -EBADMSG && r != -EPROTO)
		return r;
	events_tell(versions_rooms(compose->t)->events, LOG_WARN,
		    "a mark that is made anew was damaged");
	compose->damaged = true;
	return 0;
}

/* What the manifest @fd tells, and is still as it was. */
static int add_kept(struct compose *compose, int fd, int root)
{
	return join(compose, fd,
		    (struct joining){ .kept_of = compose->map, .root = root });
}

/*
 * What the command has kept of its earlier runs is vouched for by this mark, as
 * it was by theirs.
 */
static int add_former(struct compose *compose)
{
	const struct rooms *rooms = versions_rooms(compose->t);
	struct dir *top = backing_root(rooms->backing);
	struct former *f = &compose->former;
	int root, r;

	if (!compose->key || !compose->step)
		return 0;
	r = former_open(rooms->state, compose->key, &compose->step->argv, f);
	if (r < 0)
		return r;
	r = dir_open(top, &root);
	if (r < 0)
		return r;
	r = former_choose(f, root, compose->map);
	for (int kind = FORMER_KINDS; !r && kind-- > 0;)
		if (f->carried[kind])
			r = add_kept(compose, f->files[kind], root);
	dir_close(top);
	return r;
}

static int collect(struct compose *compose, int old)
{
	struct hasher *hasher = versions_rooms(compose->t)->hasher;
	int r = changes_replay(compose->span, compose->map);

	/* Before the rest: here it is known which renames of others it saw. */
	if (!r)
		r = hasher_finish(hasher, compose->map, compose->interrupted);
	if (!r)
		r = add_former(compose);
	if (!r && old >= 0)
		r = add_old(compose, old);
	return r || (old < 0 && !former_any(&compose->former))
		       ? r
		       : hasher_finish(hasher, compose->map,
				       compose->interrupted);
}

/* Those of the mark as it was count, where nothing was written since. */
static int keep_overlaps(struct compose *compose)
{
	struct manifest_reader *m;
	int r;

	if (compose->old < 0 || compose->damaged)
		return 0;
	r = manifest_open(compose->old, &m);
	if (r < 0)
		return r;
	r = overlaps_keep(&compose->overlaps, m, compose->name, compose->map);
	manifest_close(m);
	return r;
}

static int collect_overlaps(struct compose *compose)
{
	int r = keep_overlaps(compose);

	return r ? r
		 : overlaps_collect(&compose->overlaps, compose->sessions,
				    compose->span, compose->map);
}

static int check_doubts(struct compose *compose)
{
	const struct lost_writes_mark m = { .map = compose->map,
					    .upto = compose->span->upto,
					    .some = compose->span->others,
					    .interrupted = compose->interrupted,
					    .why = compose->why,
					    .why_size = sizeof(compose->why) };

	/* At that level marks do not vouch for the disk. */
	return versions_rooms(compose->t)->opt->durability == DURABILITY_NONE
		       ? 0
		       : lost_writes_check(versions_rooms(compose->t)->lost,
					   &m);
}

static int take_name(struct compose *compose)
{
	uint64_t id = compose->span->scope;

	if (!id)
		return 0;
	compose->name = compose->sessions ? sessions_name(compose->sessions, id)
					  : NULL;
	if (!compose->name)
		compose->name = strdup("?");
	return compose->name ? 0 : -ENOMEM;
}

int compose_collect(struct compose *compose, int old)
{
	int r;

	compose->old = old;
	compose->former = (struct former)FORMER_NONE;
	compose->map = pathmap_new();
	r = compose->map ? take_name(compose) : -ENOMEM;
	if (r < 0)
		return r;
	WAIT_SCOPE(&versions_rooms(compose->t)->wait);
	r = hasher_drain(versions_rooms(compose->t)->hasher,
			 compose->interrupted);
	if (!r)
		r = collect(compose, old);
	if (!r)
		r = check_doubts(compose);
	if (!r)
		r = collect_overlaps(compose);
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

static int put_seen(void *arg, const struct record *r)
{
	struct carry *c = arg;
	int code = carry_see(c, r);

	return code ? code : c->put(c->arg, r);
}

static int put_read(struct compose *compose, const struct learn_mark *m,
		    struct manifest_writer *w)
{
	struct carry c = { .former = &compose->former,
			   .map = compose->map,
			   .root = m->root,
			   .seq = m->seq,
			   .stop = compose->interrupted,
			   .put = put_one,
			   .arg = w };
	int r;

	WAIT_SCOPE(&versions_rooms(compose->t)->wait);
	r = learn_collect(compose->learn, m, put_seen, &c);
	if (!r)
		r = carry_run(&c);
	carry_release(&c);
	return r;
}

/* What the command has read, now and in earlier runs. */
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
	r = put_read(compose, &m, w);
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
	if (!r && compose->drain)
		r = put_others(compose->drain, w);
	return r ? r : overlaps_put(&compose->overlaps, w);
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
	h->session = compose->name;
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
	if (compose->key)
		former_release(&compose->former);
	overlaps_release(&compose->overlaps);
	free(steal_ptr(&compose->name));
}
