/* SPDX-License-Identifier: MIT */
#include "core/marks/overlaps.h"

#include <errno.h>
#include <string.h>
#include <uthash.h>

#include "base/util.h"

/* A session and a path, in one key. */
struct overlap {
	UT_hash_handle hh;
	size_t session; /* the length of its name, with the NUL */
	char key[];	/* its name, and then the path */
};

/* 1: it is new; 0: it is not. */
static int add(struct overlaps *o, const char *session, const char *path)
{
	size_t name = strlen(session) + 1, n = name + strlen(path) + 1;
	struct overlap *new = malloc(sizeof(*new) + n), *found;

	if (!new)
		return -ENOMEM;
	new->session = name;
	memcpy(new->key, session, name);
	memcpy(new->key + name, path, n - name);
	HASH_FIND(hh, o->all, new->key, n, found);
	if (found) {
		free(new);
		return 0;
	}
	HASH_ADD_KEYPTR(hh, o->all, new->key, n, new);
	o->count++;
	return 1;
}

/* What the mark told before */

struct keeping {
	struct overlaps *o;
	const char *name;
	const struct pathmap *map;
	uint64_t before;
};

static int keep(void *arg, const char *session, const char *path,
		unsigned int more)
{
	struct keeping *k = arg;
	char buf[PATHMAP_PATH];
	struct record rec;
	int r = 0;

	if (!path) {
		k->o->more += more;
		return 0;
	}
	if (pathmap_look(k->map, path, buf, &rec) && rec.seq <= k->before &&
	    strcmp(session, k->name) != 0)
		r = add(k->o, session, path);
	return r < 0 ? r : 0;
}

int overlaps_keep(struct overlaps *o, struct manifest_reader *m,
		  const char *name, const struct pathmap *map)
{
	struct keeping k = { o, name ? name : "", map,
			     manifest_head(m)->order };
	struct record r;
	int code;

	manifest_on_overlap(m, keep, &k);
	do
		code = manifest_next(m, &r);
	while (code > 0);
	return code;
}

/* The sessions */

struct known {
	uint64_t id, parent;
	char *name;
};

struct finding {
	struct overlaps *o;
	struct sessions *sessions;
	const struct changes_span *span;
	const struct pathmap *map;
	struct known *known; /* by id, once all are there */
	size_t count, room;
	const struct known *last; /* whose record was the last one, and */
	bool last_counts;	  /*   whether it is of another session */
	int code;
};

static void note_session(void *arg, const struct session_info *info)
{
	struct finding *f = arg;
	struct known *bigger = f->known;

	if (!info->id || f->code)
		return;
	if (f->count == f->room) {
		f->room = 2 * f->room + 16;
		bigger = reallocarray(f->known, f->room, sizeof(*bigger));
	}
	if (bigger) {
		f->known = bigger;
		bigger[f->count] = (struct known){ info->id, info->parent,
						   strdup(info->name) };
	}
	if (!bigger || !bigger[f->count++].name)
		f->code = -ENOMEM;
}

static int by_id(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static const struct known *find(const struct finding *f, uint64_t id)
{
	const struct known key = { .id = id };

	return f->count ? bsearch(&key, f->known, f->count, sizeof(key), by_id)
			: NULL;
}

/* A session has a greater id than the one around it, so this ends. */
static bool is_inside(const struct finding *f, uint64_t id, uint64_t outer)
{
	const struct known *k = find(f, id);

	while (k && k->id != outer)
		k = k->parent < k->id ? find(f, k->parent) : NULL;
	return k != NULL;
}

static bool is_other(const struct finding *f, uint64_t id)
{
	uint64_t scope = f->span->scope;

	return !is_inside(f, id, scope) && !is_inside(f, scope, id);
}

/* Is there any that has run since the session of the mark began? */
static bool has_others(const struct finding *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (is_other(f, f->known[i].id))
			return true;
	return false;
}

/* Is there a record of @path in the mark that its session has made? */
static bool is_own(const struct finding *f, const char *path)
{
	char buf[PATHMAP_PATH];
	struct record r;

	return pathmap_look(f->map, path, buf, &r) && r.seq > f->span->since &&
	       r.session && is_inside(f, r.session, f->span->scope);
}

/* Of one that is forgotten nothing can be said. */
static int see_change(void *arg, const struct record *r)
{
	struct finding *f = arg;
	int code;

	if (!r->session)
		return 0;
	if (!f->last || f->last->id != r->session) {
		f->last = find(f, r->session);
		f->last_counts = f->last && is_other(f, r->session);
	}
	if (!f->last_counts || !is_own(f, r->path))
		return 0;
	code = add(f->o, f->last->name, r->path);
	if (code > 0)
		sessions_overlap(f->sessions, f->span->scope, r->session,
				 r->path);
	return code < 0 ? code : 0;
}

static void see_overlap(void *arg, const struct session_overlap *o)
{
	struct finding *f = arg;
	int code = add(f->o, o->name ? o->name : "?", o->path);

	if (code < 0)
		f->code = code;
}

static int collect(struct finding *f)
{
	struct sessions *s = f->sessions;

	uint64_t n;
	int r;

	sessions_each(s, note_session, f);
	if (f->code)
		return f->code;
	if (f->count)
		qsort(f->known, f->count, sizeof(*f->known), by_id);
	r = has_others(f) ? changes_each(f->span, see_change, f) : 0;
	if (r < 0)
		return r;
	n = sessions_each_overlap(s, f->span->scope, see_overlap, f);
	/* It does not tell apart what it only counts. */
	if (n > f->o->count)
		f->o->more += (unsigned int)(n - f->o->count);
	return f->code;
}

int overlaps_collect(struct overlaps *o, struct sessions *s,
		     const struct changes_span *span, const struct pathmap *map)
{
	struct finding f = { .o = o, .sessions = s, .span = span, .map = map };
	int r = s && span->scope ? collect(&f) : 0;

	for (size_t i = 0; i < f.count; i++)
		free(f.known[i].name);
	free(f.known);
	return r;
}

/* The manifest */

int overlaps_put(const struct overlaps *o, struct manifest_writer *w)
{
	unsigned int named = 0, more = o->more;
	const struct overlap *i = o->all;
	int r = 0;

	for (; i && !r; i = i->hh.next) {
		r = named < OVERLAPS_MAX
			    ? manifest_put_overlap(w, i->key,
						   i->key + i->session)
			    : -ENAMETOOLONG;
		named += !r;
		more += r == -ENAMETOOLONG;
		r = r == -ENAMETOOLONG ? 0 : r;
	}
	return r || !more ? r : manifest_put_overlaps(w, more);
}

void overlaps_release(struct overlaps *o)
{
	struct overlap *i, *next;

	HASH_ITER(hh, o->all, i, next) {
		HASH_DEL(o->all, i);
		free(i);
	}
	*o = (struct overlaps){ 0 };
}
