/* SPDX-License-Identifier: MIT */
#include "core/locks/locks.h"

#include <uthash.h>

#include "base/util.h"

struct lock {
	struct lock_spec spec;
	struct lock *next;
};

/* A change needs two new locks at most: itself, and the rest of a split. */
struct spares {
	struct lock *lock[2];
};

struct lock_wait {
	struct lock_spec spec;
	struct lock_file *file;
	struct spares spares;
	void *cookie;
	int result;
	enum { UNSEEN, TO_SEE, SEEN } mark; /* of the search for circles */
	struct lock_wait *next;
};

/* The locks of one user; it stays once there was one. */
struct lock_user {
	UT_hash_handle hh;
	uid_t uid;
	unsigned int count; /* of the locks held and waited for */
};

/*
 * One mutex for all files: a circle may go through any of them, and locking is
 * rare beside reading and writing.
 */
struct locks {
	struct lock_hooks hooks; /* const */
	pthread_mutex_t lock;	 /* none is taken under it */
	struct lock_wait *waits; /* under lock: in order of arrival */
	unsigned int held;	 /* under lock */
	unsigned int waiting;	 /* under lock */
	struct lock_user *users; /* under lock */
};

int locks_new(const struct lock_hooks *hooks, struct locks **ret)
{
	struct locks *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->hooks = *hooks;
	pthread_mutex_init(&l->lock, NULL);
	*ret = l;
	return 0;
}

void locks_free(struct locks *l)
{
	struct lock_user *u, *tmp;

	if (!l)
		return;
	HASH_ITER(hh, l->users, u, tmp) {
		HASH_DELETE(hh, l->users, u);
		free(u);
	}
	pthread_mutex_destroy(&l->lock);
	free(l);
}

void lock_file_release(struct lock_file *f)
{
	while (f->held) {
		struct lock *k = f->held;

		f->held = k->next;
		free(k);
	}
}

static int spares_get(struct spares *s)
{
	for (int i = 0; i < 2; i++) {
		s->lock[i] = malloc(sizeof(struct lock));
		if (!s->lock[i])
			return -ENOLCK;
	}
	return 0;
}

static void spares_release(struct spares *s)
{
	free(s->lock[0]);
	free(s->lock[1]);
}

static struct lock *spares_take(struct spares *s)
{
	return s->lock[0] ? steal_ptr(&s->lock[0]) : steal_ptr(&s->lock[1]);
}

/* Users */

static struct lock_user *find_user_locked(struct locks *l, uid_t uid)
{
	struct lock_user *u;

	HASH_FIND(hh, l->users, &uid, sizeof(uid), u);
	return u;
}

/* Makes the user known; false without memory. */
static bool know_user_locked(struct locks *l, uid_t uid)
{
	struct lock_user *u = find_user_locked(l, uid);

	if (u)
		return true;
	u = calloc(1, sizeof(*u));
	if (!u)
		return false;
	u->uid = uid;
	HASH_ADD(hh, l->users, uid, sizeof(u->uid), u);
	return true;
}

static bool has_room_locked(struct locks *l, uid_t uid)
{
	if (l->held + l->waiting >= LOCKS_MAX)
		return false;
	if (uid == 0 || uid == geteuid())
		return true;
	return l->held + l->waiting < LOCKS_OF_USERS &&
	       find_user_locked(l, uid)->count < LOCKS_OF_USER;
}

/* Held locks */

static bool overlaps(const struct lock_spec *a, const struct lock_spec *b)
{
	return a->start <= b->end && b->start <= a->end;
}

static bool is_against(const struct lock_spec *a, const struct lock_spec *b)
{
	return a->flock == b->flock && a->owner != b->owner &&
	       (a->exclusive || b->exclusive) && overlaps(a, b);
}

static struct lock *find_against(struct lock_file *f,
				 const struct lock_spec *spec)
{
	struct lock *first = NULL;

	for (struct lock *k = f->held; k; k = k->next)
		if (is_against(&k->spec, spec) &&
		    (!first || k->spec.start < first->spec.start))
			first = k;
	return first;
}

static void add_locked(struct locks *l, struct lock_file *f, struct lock *k,
		       const struct lock_spec *spec)
{
	k->spec = *spec;
	k->next = f->held;
	f->held = k;
	l->held++;
	find_user_locked(l, spec->uid)->count++;
}

static void remove_locked(struct locks *l, struct lock **at)
{
	struct lock *k = *at;

	*at = k->next;
	find_user_locked(l, k->spec.uid)->count--;
	free(k);
	l->held--;
}

/* Takes @spec's range away from its owner's locks. */
static void carve_locked(struct locks *l, struct lock_file *f,
			 const struct lock_spec *spec, struct spares *spares)
{
	for (struct lock **at = &f->held; *at;) {
		struct lock_spec *had = &(*at)->spec;
		bool head = spec->start > had->start;
		bool tail = had->end > spec->end;

		if (had->flock != spec->flock || had->owner != spec->owner ||
		    !overlaps(had, spec)) {
			at = &(*at)->next;
			continue;
		}
		if (!head && !tail) {
			remove_locked(l, at);
			continue;
		}
		if (head && tail) {
			struct lock_spec rest = *had;

			rest.start = spec->end + 1;
			had->end = spec->start - 1;
			add_locked(l, f, spares_take(spares), &rest);
			return; /* locks of one owner do not overlap */
		}
		if (head)
			had->end = spec->start - 1;
		else
			had->start = spec->end + 1;
		at = &(*at)->next;
	}
}

static bool continues(const struct lock_spec *a, const struct lock_spec *b)
{
	return a->flock == b->flock && a->owner == b->owner &&
	       a->exclusive == b->exclusive && a->handle == b->handle &&
	       (a->end + 1 == b->start || b->end + 1 == a->start);
}

/* Joins neighbours, so that a file locked bit by bit has few locks. */
static void merge_locked(struct locks *l, struct lock_file *f, struct lock *k)
{
	for (struct lock **at = &f->held; *at;) {
		struct lock_spec *other = &(*at)->spec;

		if (*at == k || !continues(other, &k->spec)) {
			at = &(*at)->next;
			continue;
		}
		if (other->start < k->spec.start)
			k->spec.start = other->start;
		else
			k->spec.end = other->end;
		remove_locked(l, at);
	}
}

static void take_locked(struct locks *l, struct lock_file *f,
			const struct lock_spec *spec, struct spares *spares)
{
	struct lock *k;

	carve_locked(l, f, spec, spares);
	k = spares_take(spares);
	add_locked(l, f, k, spec);
	merge_locked(l, f, k);
}

/* Waiting */

static void wait_free(struct lock_wait *w)
{
	spares_release(&w->spares);
	free(w);
}

static struct lock_wait *unlink_wait_locked(struct locks *l,
					    struct lock_wait **at)
{
	struct lock_wait *w = *at;

	*at = w->next;
	w->next = NULL;
	l->waiting--;
	find_user_locked(l, w->spec.uid)->count--;
	return w;
}

/* Grants requests without a conflict: a list for locks_answer(). */
static struct lock_wait *grant_locked(struct locks *l, struct lock_file *f)
{
	struct lock_wait *granted = NULL, **end = &granted;

	for (struct lock_wait **at = &l->waits; *at;) {
		struct lock_wait *w = *at;

		if (w->file != f || find_against(f, &w->spec)) {
			at = &w->next;
			continue;
		}
		*end = unlink_wait_locked(l, at);
		end = &w->next;
		take_locked(l, f, &w->spec, &w->spares);
		w->result = 0;
	}
	return granted;
}

void locks_answer(struct locks *l, struct lock_wait *granted)
{
	while (granted) {
		struct lock_wait *w = granted;

		granted = w->next;
		l->hooks.answer(w->cookie, w->result);
		wait_free(w);
	}
}

static void mark_waits_of_locked(struct locks *l, uint64_t owner)
{
	for (struct lock_wait *w = l->waits; w; w = w->next)
		if (w->spec.owner == owner && !w->spec.flock &&
		    w->mark == UNSEEN)
			w->mark = TO_SEE;
}

/* Marks those that @spec would wait for; true when its owner is among them. */
static bool reaches_locked(struct locks *l, struct lock_file *f,
			   const struct lock_spec *spec, uint64_t owner)
{
	for (struct lock *k = f->held; k; k = k->next) {
		if (!is_against(&k->spec, spec))
			continue;
		if (k->spec.owner == owner)
			return true;
		mark_waits_of_locked(l, k->spec.owner);
	}
	return false;
}

static struct lock_wait *next_to_see_locked(struct locks *l)
{
	struct lock_wait *w = l->waits;

	while (w && w->mark != TO_SEE)
		w = w->next;
	if (w)
		w->mark = SEEN;
	return w;
}

/* Would its owner wait for one that waits, in the end, for its owner? */
static bool is_circle_locked(struct locks *l, struct lock_file *f,
			     const struct lock_spec *spec)
{
	struct lock_wait *w;

	if (spec->flock)
		return false;
	for (w = l->waits; w; w = w->next)
		w->mark = UNSEEN;
	reaches_locked(l, f, spec, spec->owner);
	for (int i = 0; i < LOCK_STEPS; i++) {
		w = next_to_see_locked(l);
		if (!w)
			return false;
		if (reaches_locked(l, w->file, &w->spec, spec->owner))
			return true;
	}
	return false;
}

static int wait_locked(struct locks *l, struct lock_file *f,
		       const struct lock_spec *spec, struct spares *spares,
		       void *cookie)
{
	struct lock_wait *w, **end = &l->waits;

	if (is_circle_locked(l, f, spec))
		return -EDEADLK;
	if (l->hooks.interrupted(cookie))
		return -EINTR;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOLCK;
	*w = (struct lock_wait){ .spec = *spec, .file = f, .cookie = cookie };
	w->spares.lock[0] = steal_ptr(&spares->lock[0]);
	w->spares.lock[1] = steal_ptr(&spares->lock[1]);
	while (*end)
		end = &(*end)->next;
	*end = w;
	l->waiting++;
	find_user_locked(l, spec->uid)->count++;
	return -EINPROGRESS;
}

/* Requests */

bool locks_test(struct locks *l, struct lock_file *f,
		const struct lock_spec *spec, struct lock_spec *ret)
{
	struct lock *k;

	LOCK_SCOPE(&l->lock);
	k = find_against(f, spec);
	if (k)
		*ret = k->spec;
	return k != NULL;
}

/* Does it hold a flock of that kind already, so that it need not take one? */
static bool has_flock(struct lock_file *f, const struct lock_spec *spec)
{
	for (struct lock *k = f->held; k; k = k->next)
		if (k->spec.flock && k->spec.owner == spec->owner)
			return k->spec.exclusive == spec->exclusive;
	return false;
}

static int set_locked(struct locks *l, struct lock_file *f,
		      const struct lock_spec *spec, struct spares *spares,
		      void *cookie)
{
	if (!know_user_locked(l, spec->uid) || !has_room_locked(l, spec->uid))
		return -ENOLCK;
	if (spec->flock) {
		if (has_flock(f, spec))
			return 0;
		carve_locked(l, f, spec, spares);
	}
	if (!find_against(f, spec)) {
		take_locked(l, f, spec, spares);
		return 0;
	}
	return cookie ? wait_locked(l, f, spec, spares, cookie) : -EAGAIN;
}

int locks_set(struct locks *l, struct lock_file *f,
	      const struct lock_spec *spec, void *cookie)
{
	struct spares spares = { 0 };
	struct lock_wait *granted;
	int r = spares_get(&spares);

	if (!r) {
		pthread_mutex_lock(&l->lock);
		r = set_locked(l, f, spec, &spares, cookie);
		granted = grant_locked(l, f);
		pthread_mutex_unlock(&l->lock);
		locks_answer(l, granted);
	}
	spares_release(&spares);
	return r;
}

/* Unlocking the middle of a lock splits it in two. */
static bool may_split_locked(struct locks *l, const struct lock_file *f,
			     const struct lock_spec *spec)
{
	for (const struct lock *k = f->held; k; k = k->next)
		if (k->spec.flock == spec->flock &&
		    k->spec.owner == spec->owner &&
		    k->spec.start < spec->start && k->spec.end > spec->end)
			return has_room_locked(l, k->spec.uid);
	return true;
}

int locks_clear(struct locks *l, struct lock_file *f,
		const struct lock_spec *spec)
{
	struct spares spares = { 0 };
	struct lock_wait *granted;
	int r = spares_get(&spares);

	if (!r) {
		pthread_mutex_lock(&l->lock);
		if (may_split_locked(l, f, spec))
			carve_locked(l, f, spec, &spares);
		else
			r = -ENOLCK;
		granted = grant_locked(l, f);
		pthread_mutex_unlock(&l->lock);
		locks_answer(l, granted);
	}
	spares_release(&spares);
	return r;
}

void locks_drop_owner(struct locks *l, struct lock_file *f, uint64_t owner)
{
	struct lock_wait *granted;

	pthread_mutex_lock(&l->lock);
	for (struct lock **at = &f->held; *at;)
		if (!(*at)->spec.flock && (*at)->spec.owner == owner)
			remove_locked(l, at);
		else
			at = &(*at)->next;
	granted = grant_locked(l, f);
	pthread_mutex_unlock(&l->lock);
	locks_answer(l, granted);
}

struct lock_wait *locks_drop_handle(struct locks *l, struct lock_file *f,
				    uint64_t handle)
{
	LOCK_SCOPE(&l->lock);
	for (struct lock **at = &f->held; *at;)
		if ((*at)->spec.handle == handle)
			remove_locked(l, at);
		else
			at = &(*at)->next;
	return grant_locked(l, f);
}

void locks_leave(struct locks *l, struct lock_file *f, uint64_t owner,
		 uint64_t handle, uint64_t heir)
{
	LOCK_SCOPE(&l->lock);
	for (struct lock *k = f->held; k; k = k->next) {
		if (owner ? k->spec.flock || k->spec.owner != owner
			  : k->spec.handle != handle)
			continue;
		k->spec.owner = heir;
		k->spec.handle = heir;
	}
}

static struct lock_wait *unlink_cookie(struct locks *l, const void *cookie)
{
	LOCK_SCOPE(&l->lock);
	for (struct lock_wait **at = &l->waits; *at; at = &(*at)->next)
		if ((*at)->cookie == cookie)
			return unlink_wait_locked(l, at);
	return NULL;
}

void locks_cancel(struct locks *l, void *cookie)
{
	struct lock_wait *w = unlink_cookie(l, cookie);

	if (w)
		w->result = -EINTR;
	locks_answer(l, w);
}

void locks_cancel_all(struct locks *l, int r)
{
	struct lock_wait *all = NULL, **end = &all;

	pthread_mutex_lock(&l->lock);
	while (l->waits) {
		*end = unlink_wait_locked(l, &l->waits);
		(*end)->result = r;
		end = &(*end)->next;
	}
	pthread_mutex_unlock(&l->lock);
	locks_answer(l, all);
}

bool locks_any(struct locks *l, struct lock_file *f)
{
	LOCK_SCOPE(&l->lock);
	return f->held != NULL;
}

void locks_count(struct locks *l, unsigned int *ret_held,
		 unsigned int *ret_waiting)
{
	LOCK_SCOPE(&l->lock);
	*ret_held = l->held;
	*ret_waiting = l->waiting;
}
