/* SPDX-License-Identifier: MIT */
#include "core/version/names.h"

#include <string.h>

#include "base/util.h"

static struct vnames *vnames_find_locked(struct versions *t, struct dir *dir,
					 const char *name)
{
	char key[DIR_KEY_MAX];
	size_t n = dir_key(key, dir, name);
	struct vnames *found;

	ASSERT_HELD(&t->lock);
	HASH_FIND(hh, t->by_name, key, n, found);
	return found;
}

struct vname *vname_newest_locked(struct versions *t, struct dir *dir,
				  const char *name)
{
	struct vnames *n = vnames_find_locked(t, dir, name);

	ASSERT_HELD(&t->lock);
	return n ? n->newest : NULL;
}

struct vname *vname_seen_locked(struct versions *t, struct dir *dir,
				const char *name, const struct ancestry *by)
{
	struct vname *vn = vname_newest_locked(t, dir, name);

	ASSERT_HELD(&t->lock);
	while (vn && !version_is_seen_locked(vn->version, by))
		vn = vn->older;
	return vn;
}

static void check_first_held(const struct vname *vn)
{
	if (vn)
		ASSERT_HELD(&vn->version->table->lock);
}

static bool is_sealed(const struct vname *vn)
{
	return vn->version->state == VERSION_SEALED;
}

bool vname_any_sealed_locked(const struct vname *vn)
{
	check_first_held(vn);
	while (vn && !is_sealed(vn))
		vn = vn->older;
	return vn;
}

/*
 * Requests wait for SEALED versions, never for HELD ones: the opener that holds
 * the version may be waiting, in the kernel, for the very LOOKUP that would
 * wait for it (a dentry is looked up by one thread at a time).  Its open counts
 * as having come before the last close.
 */
struct vname *vname_settled_locked(struct versions *t, struct dir *dir,
				   const char *name)
{
	struct vname *vn;

	ASSERT_HELD(&t->lock);
	while (vname_any_sealed_locked(vn = vname_newest_locked(t, dir, name)))
		versions_wait_locked(t);
	return vn;
}

static struct vnames *vnames_make_locked(struct versions *t, struct dir *dir,
					 const char *name)
{
	struct vnames *n = vnames_find_locked(t, dir, name);

	ASSERT_HELD(&t->lock);
	if (n)
		return n;
	n = calloc(1, sizeof(*n) + DIR_KEY_MAX + 1);
	if (!n)
		return NULL;
	n->key_size = dir_key(n->key, dir, name);
	HASH_ADD_KEYPTR(hh, t->by_name, n->key, n->key_size, n);
	return n;
}

const char *vname_name(const struct vname *vn)
{
	return vn->at->key + sizeof(struct dir *);
}

static void check_order_locked(const struct vnames *at)
{
	ASSERT_HELD(&at->newest->version->table->lock);
	for (const struct vname *vn = at->newest; vn; vn = vn->older)
		assert(!vn->older ||
		       vn->older->version->temp.id <= vn->version->temp.id);
}

/* Newest first (V4). */
static void list_locked(struct vname *vn, struct vnames *at)
{
	struct vname **p = &at->newest;

	ASSERT_HELD(&vn->version->table->lock);
	while (*p && (*p)->version->temp.id > vn->version->temp.id)
		p = &(*p)->older;
	vn->older = *p;
	*p = vn;
	vn->at = at;
	check_order_locked(at);
}

static void unlist_locked(struct versions *t, struct vname *vn)
{
	struct vnames *at = vn->at;
	struct vname **p = &at->newest;

	ASSERT_HELD(&t->lock);
	while (*p != vn)
		p = &(*p)->older;
	*p = vn->older;
	if (!at->newest) {
		HASH_DELETE(hh, t->by_name, at);
		free(at);
	}
	vn->at = NULL;
}

/* A name that is new moves the times of its directory; any moves its ctime. */
void vname_closed_locked(struct vname *vn)
{
	ASSERT_HELD(&vn->version->table->lock);
	if (vn->promoted || vn->closing)
		return;
	vn->closing = true;
	atomic_fetch_add(&vn->dir->closing, 1);
}

static void not_closed_locked(struct vname *vn)
{
	ASSERT_HELD(&vn->version->table->lock);
	if (vn->closing)
		atomic_fetch_sub(&vn->dir->closing, 1);
	vn->closing = false;
}

void vname_promoted_locked(struct vname *vn)
{
	ASSERT_HELD(&vn->version->table->lock);
	vn->promoted = true;
	not_closed_locked(vn);
}

/* Those that are SEALED come first. */
static void insert_locked(struct vname *vn)
{
	struct vname *prev = NULL, *next = vn->dir->vnames;

	ASSERT_HELD(&vn->version->table->lock);
	for (; next && is_sealed(next) && !is_sealed(vn); next = next->dir_next)
		prev = next;
	vn->dir_prev = prev;
	vn->dir_next = next;
	if (next)
		next->dir_prev = vn;
	if (prev)
		prev->dir_next = vn;
	else
		vn->dir->vnames = vn;
}

static void take_out_locked(struct vname *vn)
{
	ASSERT_HELD(&vn->version->table->lock);
	if (vn->dir_prev)
		vn->dir_prev->dir_next = vn->dir_next;
	else
		vn->dir->vnames = vn->dir_next;
	if (vn->dir_next)
		vn->dir_next->dir_prev = vn->dir_prev;
}

void vnames_to_front_locked(struct version *v)
{
	ASSERT_HELD(&v->table->lock);
	for (struct vname *vn = v->names; vn; vn = vn->next) {
		take_out_locked(vn);
		insert_locked(vn);
	}
}

bool dir_has_sealed_locked(const struct dir *dir, bool times)
{
	check_first_held(dir->vnames);
	for (struct vname *vn = dir->vnames; vn && is_sealed(vn);
	     vn = vn->dir_next)
		if (!vn->promoted || !times)
			return true;
	return false;
}

static void enter_dir_locked(struct vname *vn, struct dir *dir)
{
	ASSERT_HELD(&vn->version->table->lock);
	vn->dir = dir_get(dir);
	insert_locked(vn);
	atomic_fetch_add(&dir->pending, 1);
}

static void leave_dir_locked(struct vname *vn)
{
	ASSERT_HELD(&vn->version->table->lock);
	take_out_locked(vn);
	not_closed_locked(vn);
	atomic_fetch_sub(&vn->dir->pending, 1);
	dir_put(vn->dir);
}

/* t->all is circular: the head's prev is the newest. */
static void enter_all_locked(struct version *v)
{
	struct versions *t = v->table;

	ASSERT_HELD(&v->table->lock);
	t->count++;
	if (!t->all) {
		t->all = v->prev = v->next = v;
		return;
	}
	v->next = t->all;
	v->prev = t->all->prev;
	v->prev->next = v;
	t->all->prev = v;
}

static void leave_all_locked(struct version *v)
{
	struct versions *t = v->table;

	ASSERT_HELD(&v->table->lock);
	t->count--;
	if (v->next == v) {
		t->all = NULL;
	} else {
		v->prev->next = v->next;
		v->next->prev = v->prev;
		if (t->all == v)
			t->all = v->next;
	}
	v->prev = v->next = NULL;
}

int vname_add_locked(struct version *v, struct dir *dir, const char *name,
		     char *temp)
{
	struct vnames *at;
	struct vname *vn;

	ASSERT_HELD(&v->table->lock);
	if (!v->line)
		v->line = lineage_at(v->table->rooms->lines, dir, name);
	vn = v->line ? calloc(1, sizeof(*vn)) : NULL;
	at = vn ? vnames_make_locked(v->table, dir, name) : NULL;
	if (!at) {
		free(vn);
		return -ENOMEM;
	}
	vn->version = v;
	vn->temp = temp;
	list_locked(vn, at);
	enter_dir_locked(vn, dir);
	if (v->flushed)
		vname_closed_locked(vn);
	lineage_name(v->line, dir, name);
	if (!v->names)
		enter_all_locked(v);
	vn->next = v->names;
	v->names = vn;
	return 0;
}

void vname_remove_locked(struct vname *vn)
{
	struct version *v = vn->version;
	struct vname **p = &v->names;

	ASSERT_HELD(&vn->version->table->lock);
	while (*p != vn)
		p = &(*p)->next;
	*p = vn->next;
	if (!v->names)
		leave_all_locked(v);
	unlist_locked(v->table, vn);
	leave_dir_locked(vn);
	free(vn->temp);
	free(vn);
}

int vname_move_locked(struct vname *vn, struct dir *dir, const char *name)
{
	struct versions *t = vn->version->table;
	struct vnames *at = vnames_make_locked(t, dir, name);

	ASSERT_HELD(&vn->version->table->lock);
	if (!at)
		return -ENOMEM;
	if (at == vn->at)
		return 0;
	unlist_locked(t, vn);
	list_locked(vn, at);
	vn->moved = true;
	leave_dir_locked(vn);
	enter_dir_locked(vn, dir);
	if (vn->version->flushed)
		vname_closed_locked(vn);
	return 0;
}

static dir_set dirs_of(struct version *v)
{
	dir_set set = 0;

	LOCK_SCOPE(&v->table->lock);
	for (struct vname *vn = v->names; vn; vn = vn->next)
		set |= dir_set_of(vn->dir);
	return set;
}

/* Which they are can be seen only before: so it is looked at again. */
struct tree_hold version_hold_names(struct version *v, dir_set also)
{
	struct tree_lock *l = v->table->rooms->tree;
	dir_set set = dirs_of(v) | also;
	struct tree_hold hold = tree_hold_set(l, set);

	while (dirs_of(v) & ~set) {
		tree_release(&hold);
		set = dirs_of(v) | also;
		hold = tree_hold_set(l, set);
	}
	return hold;
}
