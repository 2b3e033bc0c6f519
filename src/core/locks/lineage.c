/* SPDX-License-Identifier: MIT */
#include "core/locks/lineage.h"

#include <string.h>

#include "base/util.h"

struct line_name {
	UT_hash_handle hh;
	struct lineage *line;
	struct line_name *next; /* of the same lineage */
	struct dir *dir; /* a reference, so that its address is its own */
	char key[];
};

struct lineages {
	pthread_mutex_t lock;
	struct line_name *by_name; /* under lock */
};

int lineages_new(struct lineages **ret)
{
	struct lineages *ls = calloc(1, sizeof(*ls));

	if (!ls)
		return -ENOMEM;
	pthread_mutex_init(&ls->lock, NULL);
	*ret = ls;
	return 0;
}

void lineages_free(struct lineages *ls)
{
	if (!ls)
		return;
	pthread_mutex_destroy(&ls->lock);
	free(ls);
}

static struct lineage *alloc(struct lineages *ls)
{
	struct lineage *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->table = ls;
	l->refs = 1;
	return l;
}

struct lineage *lineage_new(struct lineages *ls)
{
	return alloc(ls);
}

static struct line_name *find_locked(struct lineages *ls, struct dir *dir,
				     const char *name)
{
	char key[DIR_KEY_MAX];
	size_t n = dir_key(key, dir, name);
	struct line_name *found;

	HASH_FIND(hh, ls->by_name, key, n, found);
	return found;
}

static void unname_locked(struct lineages *ls, struct line_name *ln)
{
	struct line_name **p = &ln->line->names;

	while (*p != ln)
		p = &(*p)->next;
	*p = ln->next;
	HASH_DELETE(hh, ls->by_name, ln);
	dir_put(ln->dir);
	free(ln);
}

static void name_locked(struct lineage *l, struct dir *dir, const char *name)
{
	struct lineages *ls = l->table;
	struct line_name *ln = find_locked(ls, dir, name);
	size_t n;

	if (ln && ln->line == l)
		return;
	if (ln)
		unname_locked(ls, ln);
	ln = calloc(1, sizeof(*ln) + DIR_KEY_MAX);
	if (!ln)
		return;
	n = dir_key(ln->key, dir, name);
	ln->dir = dir_get(dir);
	ln->line = l;
	ln->next = l->names;
	l->names = ln;
	HASH_ADD_KEYPTR(hh, ls->by_name, ln->key, n, ln);
}

struct lineage *lineage_get(struct lineage *l)
{
	LOCK_SCOPE(&l->table->lock);
	l->refs++;
	return l;
}

void lineage_put(struct lineage *l)
{
	if (!l)
		return;
	LOCK_SCOPE(&l->table->lock);
	if (--l->refs)
		return;
	while (l->names)
		unname_locked(l->table, l->names);
	lock_file_release(&l->locks);
	free(l);
}

struct lineage *lineage_find(struct lineages *ls, struct dir *dir,
			     const char *name)
{
	struct line_name *ln;

	LOCK_SCOPE(&ls->lock);
	ln = find_locked(ls, dir, name);
	if (!ln)
		return NULL;
	ln->line->refs++;
	return ln->line;
}

struct lineage *lineage_at(struct lineages *ls, struct dir *dir,
			   const char *name)
{
	struct line_name *ln;
	struct lineage *l;

	LOCK_SCOPE(&ls->lock);
	ln = find_locked(ls, dir, name);
	if (ln) {
		ln->line->refs++;
		return ln->line;
	}
	l = alloc(ls);
	if (l)
		name_locked(l, dir, name);
	return l;
}

void lineage_name(struct lineage *l, struct dir *dir, const char *name)
{
	LOCK_SCOPE(&l->table->lock);
	name_locked(l, dir, name);
}

void lineage_unname(struct lineages *ls, struct dir *dir, const char *name)
{
	struct line_name *ln;

	LOCK_SCOPE(&ls->lock);
	ln = find_locked(ls, dir, name);
	if (ln)
		unname_locked(ls, ln);
}

void lineage_move(struct lineages *ls, struct dir *dir, const char *name,
		  struct dir *to, const char *to_name)
{
	struct line_name *ln;
	struct lineage *l;

	LOCK_SCOPE(&ls->lock);
	ln = find_locked(ls, dir, name);
	if (!ln)
		return;
	l = ln->line;
	unname_locked(ls, ln);
	name_locked(l, to, to_name);
}
