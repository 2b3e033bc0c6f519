/* SPDX-License-Identifier: MIT */
#include "core/learn/learn.h"

#include <pthread.h>
#include <string.h>

#include "base/util.h"
#include "core/digest/digest.h"
#include "core/learn/collect.h"
#include "core/learn/set.h"
#include "core/process/budget.h"

/* A session that learns, or that was begun in one. */
struct learner {
	UT_hash_handle hh;
	uint64_t id;
	uint64_t parent; /* one of these; 0: none */
	bool learns;
	bool ended; /* kept as long as one above learns: what it has
		     *   written is the work of that one, too */
	uid_t uid;
	bool collecting; /* `set` belongs to the thread that collects */
	struct set set;
	struct set late; /* what comes meanwhile */
};

struct learn {
	size_t items_max, files_max; /* const */
	struct budget *budget;	     /* const */
	atomic_uint learning;	     /* atomic: sessions that learn */
	pthread_mutex_t lock;
	pthread_cond_t collected; /* with lock */
	struct learner *learners; /* under lock, with all that is in them */
};

int learn_new(const struct learn_spec *spec, struct learn **ret)
{
	struct learn *l = calloc(1, sizeof(*l));
	int r = l ? budget_new(spec->room ? spec->room : LEARN_ROOM, &l->budget)
		  : -ENOMEM;

	if (r < 0) {
		free(l);
		return r;
	}
	l->items_max = spec->items_max ? spec->items_max : LEARN_ITEMS_MAX;
	l->files_max = spec->files_max ? spec->files_max : LEARN_FILES_MAX;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->collected, NULL);
	*ret = l;
	return 0;
}

bool learn_any(const struct learn *l)
{
	return atomic_load(&l->learning) > 0;
}

/* Sessions */

static struct learner *find_locked(struct learn *l, uint64_t id)
{
	struct learner *e;

	HASH_FIND(hh, l->learners, &id, sizeof(id), e);
	return e;
}

static void free_locked(struct learn *l, struct learner *e)
{
	budget_give(l->budget, e->uid, e->set.room + e->late.room);
	set_release(&e->set);
	set_release(&e->late);
	HASH_DEL(l->learners, e);
	free(e);
}

void learn_free(struct learn *l)
{
	struct learner *e, *next;

	if (!l)
		return;
	HASH_ITER(hh, l->learners, e, next)
		free_locked(l, e);
	budget_free(l->budget);
	pthread_cond_destroy(&l->collected);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

/* Of those inside one that learns. */
#define LEARNER_ROOM (sizeof(struct learner) + 32)

static struct learner *learner_new(struct learn *l, uid_t uid)
{
	struct learner *e;

	if (budget_take(l->budget, uid, LEARNER_ROOM) < 0)
		return NULL;
	e = calloc(1, sizeof(*e));
	if (!e) {
		budget_give(l->budget, uid, LEARNER_ROOM);
		return NULL;
	}
	e->uid = uid;
	e->set.room = LEARNER_ROOM;
	return e;
}

/* Something that was read is not told, by any session from @id upwards. */
static void miss_locked(struct learn *l, uint64_t id)
{
	struct learner *e;

	for (e = find_locked(l, id); e; e = find_locked(l, e->parent))
		*(e->collecting ? &e->late.full : &e->set.full) = true;
}

void learn_begin(struct learn *l, uint64_t id, uint64_t parent, bool learns,
		 uid_t uid)
{
	struct learner *e;

	if (!id || (!learns && !learn_any(l)))
		return;
	LOCK_SCOPE(&l->lock);
	if (!find_locked(l, parent))
		parent = 0;
	if (!learns && !parent)
		return;
	e = learner_new(l, uid);
	if (!e) {
		miss_locked(l, parent);
		return;
	}
	e->id = id;
	e->parent = parent;
	e->learns = learns;
	HASH_ADD(hh, l->learners, id, sizeof(e->id), e);
	if (learns)
		atomic_fetch_add(&l->learning, 1);
}

/* Is it kept for one above, which still learns? */
static bool is_needed_locked(struct learn *l, const struct learner *e)
{
	for (e = find_locked(l, e->parent); e; e = find_locked(l, e->parent))
		if (!e->ended && e->learns)
			return true;
	return false;
}

static void tidy_locked(struct learn *l)
{
	struct learner *e, *next;

	/* Those inside were begun later, and so come later. */
	HASH_ITER(hh, l->learners, e, next)
		if (e->ended && !e->collecting && !is_needed_locked(l, e))
			free_locked(l, e);
}

void learn_end(struct learn *l, uint64_t id)
{
	struct learner *e;

	LOCK_SCOPE(&l->lock);
	e = find_locked(l, id);
	if (!e || e->ended)
		return;
	e->ended = true;
	if (e->learns)
		atomic_fetch_sub(&l->learning, 1);
	if (!e->collecting) {
		budget_give(l->budget, e->uid,
			    e->set.room + e->late.room - LEARNER_ROOM);
		set_release(&e->set);
		set_release(&e->late);
		e->set.room = LEARNER_ROOM;
	}
	tidy_locked(l);
}

bool learn_is_learning(struct learn *l, uint64_t session)
{
	struct learner *e;

	LOCK_SCOPE(&l->lock);
	e = find_locked(l, session);
	return e && e->learns && !e->ended;
}

bool learn_is_told(struct learn *l, uint64_t session)
{
	if (!session || !learn_any(l))
		return false;
	LOCK_SCOPE(&l->lock);
	return find_locked(l, session);
}

static bool is_in_locked(struct learn *l, uint64_t id, uint64_t above)
{
	struct learner *e;

	for (e = find_locked(l, id); e && e->id != above;)
		e = find_locked(l, e->parent);
	return e;
}

bool learn_is_within(struct learn *l, uint64_t session, uint64_t other)
{
	struct learner *e;

	if (session == other)
		return true;
	LOCK_SCOPE(&l->lock);
	for (e = find_locked(l, session); e; e = find_locked(l, e->parent))
		if (e->learns && is_in_locked(l, other, e->id))
			return true;
	return false;
}

/* What is read */

/*
 * The item of @s in @e, with @more bytes of its own; NULL when it is known, or
 * finds no room.
 */
static struct item *add_locked(struct learn *l, struct learner *e,
			       enum item_kind kind, const struct learn_seen *s,
			       size_t more)
{
	struct set *set = e->collecting ? &e->late : &e->set;
	size_t room = set_room(s->path) + more;
	struct item *i;

	i = set_find(set, kind, s->path);
	if (i && kind == ITEM_ABSENT)
		i->file.looked++;
	if (i)
		return NULL;
	if (e->set.count + e->late.count < l->items_max &&
	    strlen(s->path) <= IDEMFS_PATH_MAX &&
	    budget_take(l->budget, e->uid, room) == 0) {
		i = set_add(set, kind, s->path);
		if (!i)
			budget_give(l->budget, e->uid, room);
	}
	if (!i) {
		set->full = true;
		return NULL;
	}
	set->room += room;
	i->seq = s->seq;
	i->file.looked = kind == ITEM_ABSENT;
	return i;
}

/* May the user of @e know what @uid has read? */
static bool may_know(const struct learner *e, uid_t uid)
{
	return e->uid == uid || e->uid == 0;
}

/* Calls @fill for the new item of each session that learns. */
typedef void (*fill_fn)(struct set *set, struct item *i, const void *arg);

static void add(struct learn *l, enum item_kind kind,
		const struct learn_seen *s, size_t more, fill_fn fill,
		const void *arg)
{
	struct learner *e;
	struct item *i;

	LOCK_SCOPE(&l->lock);
	for (e = find_locked(l, s->session); e; e = find_locked(l, e->parent)) {
		struct set *set = e->collecting ? &e->late : &e->set;

		if (!e->learns || e->ended)
			continue;
		set->full |= !may_know(e, s->uid);
		i = may_know(e, s->uid) ? add_locked(l, e, kind, s, more)
					: NULL;
		if (i && fill)
			fill(set, i, arg);
	}
}

struct file {
	const struct stat *st;
	bool shared;
};

static void fill_file(struct set *set, struct item *i, const void *arg)
{
	const struct file *f = arg;

	(void)set;
	i->shared = f->shared;
	i->file.dev = f->st->st_dev;
	i->file.st = record_stat_of(f->st);
}

/* Of several reads the first one counts, if all found the same file. */
static void see_again(struct set *set, const char *path, const struct stat *st)
{
	struct item *i = set_find(set, ITEM_FILE, path);

	if (i && (i->file.st.ino != st->st_ino || i->file.dev != st->st_dev))
		i->mixed = true;
}

void learn_file(struct learn *l, const struct learn_seen *s,
		const struct stat *st, bool shared)
{
	struct learner *e;

	add(l, ITEM_FILE, s, 0, fill_file, &(struct file){ st, shared });
	LOCK_SCOPE(&l->lock);
	for (e = find_locked(l, s->session); e; e = find_locked(l, e->parent))
		see_again(e->collecting ? &e->late : &e->set, s->path, st);
}

void learn_absent(struct learn *l, const struct learn_seen *s)
{
	add(l, ITEM_ABSENT, s, 0, NULL, NULL);
}

void learn_created(struct learn *l, const struct learn_seen *s)
{
	struct learner *e;
	struct item *i;

	LOCK_SCOPE(&l->lock);
	for (e = find_locked(l, s->session); e; e = find_locked(l, e->parent)) {
		i = set_find(e->collecting ? &e->late : &e->set, ITEM_ABSENT,
			     s->path);
		if (i)
			i->file.made++;
	}
}

void learn_moved(struct learn *l, const struct learn_seen *s,
		 const struct stat *st)
{
	add(l, ITEM_ABSENT, s, 0, fill_file, &(struct file){ st, false });
}

static void fill_link(struct set *set, struct item *i, const void *arg)
{
	(void)set;
	i->target = digest_bytes(arg, strlen(arg));
}

void learn_link(struct learn *l, const struct learn_seen *s, const char *target)
{
	add(l, ITEM_LINK, s, 0, fill_link, target);
}

struct list {
	const char *names;
	size_t size;
	uint64_t count;
};

static void fill_list(struct set *set, struct item *i, const void *arg)
{
	const struct list *list = arg;

	i->list.names = malloc(list->size + 1);
	if (!i->list.names) {
		set->full = true;
		return;
	}
	memcpy(i->list.names, list->names, list->size);
	i->list.size = list->size;
	i->list.count = list->count;
}

void learn_listed(struct learn *l, const struct learn_seen *s,
		  const char *names, size_t size, uint64_t count)
{
	add(l, ITEM_LIST, s, size, fill_list,
	    &(struct list){ names, size, count });
}

bool learn_has_list(struct learn *l, uint64_t session, const char *path)
{
	bool has = true;

	LOCK_SCOPE(&l->lock);
	for (struct learner *e = find_locked(l, session); e;
	     e = find_locked(l, e->parent))
		has &= !e->learns || e->ended ||
		       (!e->collecting && set_find(&e->set, ITEM_LIST, path));
	return has;
}

void learn_cannot(struct learn *l, const struct learn_seen *s)
{
	add(l, ITEM_CANNOT, s, 0, NULL, NULL);
}

/* The mark */

static struct learner *take(struct learn *l, uint64_t id)
{
	struct learner *e;

	LOCK_SCOPE(&l->lock);
	while ((e = find_locked(l, id)) && e->collecting)
		pthread_cond_wait(&l->collected, &l->lock);
	if (!e || !e->learns || e->ended)
		return NULL;
	e->collecting = true;
	return e;
}

static void give_back(struct learn *l, struct learner *e)
{
	LOCK_SCOPE(&l->lock);
	e->collecting = false;
	set_merge(&e->set, &e->late);
	tidy_locked(l);
	pthread_cond_broadcast(&l->collected);
}

struct mine {
	struct learn *l;
	uint64_t id;
};

static bool is_mine(void *arg, uint64_t session)
{
	struct mine *m = arg;

	if (session == m->id || !session)
		return session;
	LOCK_SCOPE(&m->l->lock);
	return is_in_locked(m->l, session, m->id);
}

int learn_collect(struct learn *l, const struct learn_mark *m,
		  int (*put)(void *arg, const struct record *r), void *arg)
{
	struct learner *e = take(l, m->session);
	struct collect c = {
		.mark = m,
		.is_mine = is_mine,
		.mine_arg = &(struct mine){ l, m->session },
		.files_max = l->files_max,
		.put = put,
		.arg = arg,
	};
	int r;

	if (!e)
		return 0;
	c.set = &e->set;
	r = collect_run(&c);
	give_back(l, e);
	return r;
}
