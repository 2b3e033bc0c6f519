/* SPDX-License-Identifier: MIT */
#include "core/version/going.h"

#include "core/version/names.h"
#include "core/version/pending.h"

/* Does any?  What the caller holds cannot begin to. */
static bool any(struct versions *t)
{
	unsigned long ended = atomic_load(&t->tails.ended);

	return atomic_load(&t->tails.begun) != ended;
}

/* The hooks have been told of a wait already: of the whole append. */
static void let_alone(struct versions *t)
{
	LOCK_SCOPE(&t->lock);
	while (t->alone)
		pthread_cond_wait(&t->changed, &t->lock);
}

static bool wants_alone(struct versions *t)
{
	LOCK_SCOPE(&t->lock);
	return t->alone > 0;
}

struct tree_hold going_hold(struct version *v)
{
	struct tree_hold hold = version_hold_names(v, 0);

	while (wants_alone(v->table)) {
		tree_release(&hold);
		let_alone(v->table);
		hold = version_hold_names(v, 0);
	}
	return hold;
}

void going_begin(struct version *v)
{
	struct versions *t = v->table;

	LOCK_SCOPE(&t->lock);
	assert(v->state == VERSION_SEALED && !v->going);
	assert(!v->names->next && tree_is_held(v->names->dir));
	v->going = true;
	atomic_fetch_add(&t->tails.begun, 1);
}

void going_end(struct version *v)
{
	struct versions *t = v->table;

	LOCK_SCOPE(&t->lock);
	v->going = false;
	atomic_fetch_add(&t->tails.ended, 1);
	versions_changed_locked(t);
}

void going_wait(struct version *v)
{
	LOCK_SCOPE(&v->table->lock);
	while (v->going)
		versions_wait_locked(v->table);
}

/* A name that is to stand still; one without a directory always does. */
struct place {
	struct dir *dir;
	const char *name;
};

static bool is_going_locked(struct versions *t, const struct place *p)
{
	struct vname *vn = p->dir ? vname_newest_locked(t, p->dir, p->name)
				  : NULL;

	ASSERT_HELD(&t->lock);
	while (vn && !vn->version->going)
		vn = vn->older;
	return vn;
}

static bool is_going(struct versions *t, const struct place *p)
{
	LOCK_SCOPE(&t->lock);
	return is_going_locked(t, p);
}

static void wait_for(struct versions *t, const struct place *p)
{
	LOCK_SCOPE(&t->lock);
	while (is_going_locked(t, p))
		versions_wait_locked(t);
}

static struct tree_hold hold_places(struct versions *t, dir_set set,
				    const struct place *a,
				    const struct place *b)
{
	struct tree_hold hold = tree_hold_set(t->rooms->tree, set);

	while (any(t) && (is_going(t, a) || is_going(t, b))) {
		tree_release(&hold);
		wait_for(t, a);
		wait_for(t, b);
		hold = tree_hold_set(t->rooms->tree, set);
	}
	return hold;
}

struct tree_hold versions_hold_name(struct versions *t, struct dir *dir,
				    const char *name)
{
	return hold_places(t, dir_set_of(dir), &(struct place){ dir, name },
			   &(struct place){ 0 });
}

struct tree_hold versions_hold_both(struct versions *t, struct dir *dir,
				    const char *name, struct dir *to,
				    const char *to_name)
{
	return hold_places(t, dir_set_of(dir) | dir_set_of(to),
			   &(struct place){ dir, name },
			   &(struct place){ to, to_name });
}

/* From the first of these on, no other append begins to go in. */
static void come_alone(struct versions *t)
{
	LOCK_SCOPE(&t->lock);
	t->alone++;
}

static void wait_for_all(struct versions *t, bool tell)
{
	LOCK_SCOPE(&t->lock);
	while (any(t))
		if (tell)
			versions_wait_locked(t);
		else
			pthread_cond_wait(&t->changed, &t->lock);
}

static void is_alone(struct versions *t)
{
	LOCK_SCOPE(&t->lock);
	t->alone--;
	versions_changed_locked(t);
}

static struct tree_hold hold_all(struct versions *t, bool tell)
{
	struct tree_hold hold = tree_hold_all(t->rooms->tree);

	if (!any(t))
		return hold;
	come_alone(t);
	do {
		tree_release(&hold);
		wait_for_all(t, tell);
		hold = tree_hold_all(t->rooms->tree);
	} while (any(t));
	is_alone(t);
	return hold;
}

struct tree_hold versions_hold_all(struct versions *t)
{
	return hold_all(t, true);
}

/* A flush has told of a wait already. */
void versions_hold_names(void *t)
{
	hold_all(t, false);
}

void versions_release_names(void *t)
{
	struct tree_hold hold = tree_held();

	(void)t;
	tree_release(&hold);
}
