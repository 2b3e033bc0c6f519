/* SPDX-License-Identifier: MIT */
/*
 * What is done to pending versions by name, and to all of them (version.h).
 */
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/util.h"
#include "core/flush/flush.h"
#include "core/process/ancestry.h"
#include "core/temp/temp.h"
#include "core/version/names.h"
#include "core/version/version.h"

#define LEASE_TRIES 1000 /* one a millisecond */

static char *version_path_locked(struct version *v)
{
	struct vname *vn = v->names;

	ASSERT_HELD(&v->table->lock);
	return vn ? dir_path(vn->dir, vname_name(vn)) : strdup("");
}

char *version_path(struct version *v)
{
	LOCK_SCOPE(&v->table->lock);
	return version_path_locked(v);
}

bool version_is_named(struct version *v)
{
	LOCK_SCOPE(&v->table->lock);
	return v->names != NULL;
}

int version_first_name(struct version *v, struct dir **ret_dir, char **ret_name)
{
	char *name;

	LOCK_SCOPE(&v->table->lock);
	if (!v->names)
		return -ENOENT;
	name = strdup(vname_name(v->names));
	if (!name)
		return -ENOMEM;
	*ret_dir = dir_get(v->names->dir);
	*ret_name = name;
	return 0;
}

int version_same_owner(struct version *v, struct dir *dir, const char *name,
		       struct file_key *ret_key)
{
	struct statx st, own;
	int r = dir_statx(dir, name, &st);

	if (!r)
		r = fd_statx(version_fd_for_read(v), &own);
	if (!r && (!S_ISREG(st.stx_mode) || st.stx_uid != own.stx_uid))
		r = -ENOENT;
	if (!r)
		*ret_key = statx_key(&st);
	return r;
}

bool version_is_of(struct version *v, uid_t uid)
{
	LOCK_SCOPE(&v->table->lock);
	return v->opened_ms && v->temp.by.uid == uid && !v->shared;
}

static int statx_once(struct dir *dir, const char *name, struct statx *ret)
{
	auto_pin pin = { 0 };
	int r;

	if (name)
		return dir_statx(dir, name, ret);
	r = dir_pin(dir, &pin);
	return r < 0 ? r : fd_statx(pin.fd, ret);
}

/* Had all that has begun until now ended when @ended did? */
static bool none_since(struct passing *p, unsigned long ended)
{
	return atomic_load(&p->begun) == ended;
}

/*
 * The directory whose times these are: a reference.  One that is not known has
 * nothing that passes; then that which it is in will do.
 */
static struct dir *dir_of(struct dir *dir, const char *name,
			  const struct statx *st)
{
	struct file_key key = statx_key(st);
	struct dir *sub = name ? dir_find(dir->backing, &key) : NULL;

	return sub ? sub : dir_get(dir);
}

static int statx_held_dir(struct versions *t, struct dir *dir, const char *name,
			  struct statx *ret)
{
	struct dir *held = dir_of(dir, name, ret);
	struct tree_hold hold = tree_hold_set(t->rooms->tree, dir_set_of(held));
	int r = statx_once(dir, name, ret);

	tree_release(&hold);
	dir_put(held);
	return r;
}

static int statx_held_file(struct versions *t, struct dir *dir,
			   const char *name, struct statx *ret)
{
	NAME_SCOPE(t, dir, name);
	return statx_once(dir, name, ret);
}

/* Something passes somewhere: here, maybe. */
static int statx_held(struct versions *t, struct dir *dir, const char *name,
		      struct statx *ret)
{
	struct file_key before = statx_key(ret), now;
	int r = S_ISDIR(ret->stx_mode) ? statx_held_dir(t, dir, name, ret)
				       : statx_held_file(t, dir, name, ret);

	now = statx_key(ret);
	return r < 0 || file_key_equal(&before, &now)
		       ? r
		       : versions_statx(t, dir, name, ret);
}

int versions_statx(struct versions *t, struct dir *dir, const char *name,
		   struct statx *ret)
{
	unsigned long times = atomic_load(&t->times.ended);
	unsigned long tails = atomic_load(&t->tails.ended);
	int r = statx_once(dir, name, ret);

	if (r < 0 || (S_ISDIR(ret->stx_mode) ? none_since(&t->times, times)
					     : none_since(&t->tails, tails)))
		return r;
	return statx_held(t, dir, name, ret);
}

bool versions_wait_lease(struct versions *t, unsigned int *tries)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	if ((*tries)++ >= LEASE_TRIES)
		return false;
	WAIT_SCOPE(&t->rooms->wait);
	nanosleep(&ms, NULL);
	return true;
}

int versions_open_file(struct versions *t, struct dir *dir, const char *name,
		       int flags, const struct file_key *key, int *ret_fd)
{
	unsigned int tries = 0;
	int r;

	do {
		r = dir_open_file(dir, name, flags, key, ret_fd);
	} while (r == -EWOULDBLOCK && versions_wait_lease(t, &tries));
	return r;
}

struct dir *version_stale_dir(struct version *v)
{
	LOCK_SCOPE(&v->table->lock);
	for (struct vname *vn = v->names; vn; vn = vn->next)
		if (!vn->promoted &&
		    atomic_exchange(&vn->dir->attr_cached, false))
			return dir_get(vn->dir);
	return NULL;
}

/* Does @v replace @key, and has a writer closed it? */
static bool replaces_locked(const struct version *v, const struct file_key *key)
{
	ASSERT_HELD(&v->table->lock);
	return v->flushed && v->replaces && file_key_equal(&v->base_key, key);
}

/* Such a one; if there are several, one that is SEALED. */
static struct version *replacing_locked(struct versions *t,
					const struct file_key *key)
{
	struct version *v, *found = NULL;

	ASSERT_HELD(&t->lock);
	EACH_VERSION(t, v)
	{
		if (!replaces_locked(v, key))
			continue;
		found = v;
		if (v->state == VERSION_SEALED)
			break;
	}
	return found;
}

enum replaced versions_wait_replaced(struct versions *t,
				     const struct file_key *key)
{
	enum replaced r = REPLACED_NOT;
	struct version *v;

	LOCK_SCOPE(&t->lock);
	while ((v = replacing_locked(t, key))) {
		if (v->state != VERSION_SEALED)
			return r == REPLACED_NOT ? REPLACED_SOON : r;
		r = REPLACED_NOW;
		versions_wait_locked(t);
	}
	return r;
}

size_t versions_owners(struct versions *t, struct dir *dir, const char *name,
		       uint64_t *owners, size_t max)
{
	struct vname *vn;
	size_t n = 0;

	if (!atomic_load(&dir->pending))
		return 0;
	LOCK_SCOPE(&t->lock);
	vn = vname_newest_locked(t, dir, name);
	for (; vn && n < max; vn = vn->older)
		owners[n++] = vn->version->owner;
	return n;
}

size_t versions_owners_of(struct versions *t, const struct file_key *key,
			  uint64_t *owners, size_t max)
{
	struct version *v;
	size_t n = 0;

	LOCK_SCOPE(&t->lock);
	EACH_VERSION(t, v)
	if (n < max && v->replaces && atomic_load(&v->temp.fd) < 0 &&
	    file_key_equal(&v->base_key, key))
		owners[n++] = v->owner;
	return n;
}

bool versions_any(struct versions *t, struct dir *dir, const char *name)
{
	if (!atomic_load(&dir->pending))
		return false;
	LOCK_SCOPE(&t->lock);
	return vname_newest_locked(t, dir, name);
}

/* The first of @name that the change concerns, newest first. */
static struct vname *pick_locked(struct versions *t, struct dir *dir,
				 const char *name, const struct ancestry *by,
				 bool all)
{
	ASSERT_HELD(&t->lock);
	return all ? vname_newest_locked(t, dir, name)
		   : vname_seen_locked(t, dir, name, by);
}

/* Takes one name away; its temp, if it had one, is the caller's. */
static struct version *detach_one(struct versions *t, struct dir *dir,
				  const char *name, const struct ancestry *by,
				  bool all, char **ret_temp)
{
	struct version *v;
	struct vname *vn;

	LOCK_SCOPE(&t->lock);
	vn = pick_locked(t, dir, name, by, all);
	if (!vn)
		return NULL;
	v = version_get(vn->version);
	*ret_temp = steal_ptr(&vn->temp);
	vname_remove_locked(vn);
	v->detached = v->names == NULL;
	return v;
}

bool versions_detach(struct versions *t, struct dir *dir, const char *name,
		     const struct ancestry *by, bool all)
{
	bool any = false;

	while (atomic_load(&dir->pending)) {
		char *temp = NULL;
		struct version *v = detach_one(t, dir, name, by, all, &temp);

		if (!v)
			break;
		if (temp)
			temp_remove(&v->temp, temp);
		free(temp);
		version_put(v);
		any = true;
	}
	if (all || !versions_any(t, dir, name))
		lineage_unname(t->rooms->lines, dir, name);
	return any;
}

static int move_all(struct versions *t, struct dir *dir, const char *name,
		    struct dir *to, const char *to_name,
		    const struct ancestry *by, bool all)
{
	struct vname *vn;
	int r;

	LOCK_SCOPE(&t->lock);
	for (;;) {
		vn = pick_locked(t, dir, name, by, all);
		if (!vn)
			return 0;
		r = vname_move_locked(vn, to, to_name);
		if (r < 0)
			return r;
	}
}

int versions_move(struct versions *t, struct dir *dir, const char *name,
		  struct dir *to, const char *to_name,
		  const struct ancestry *by, bool all)
{
	int r = move_all(t, dir, name, to, to_name, by, all);

	if (!r && (all || !versions_any(t, dir, name)))
		lineage_move(t->rooms->lines, dir, name, to, to_name);
	return r;
}

int version_add_name(struct version *v, struct dir *dir, const char *name)
{
	char *temp = NULL;
	int fd, r = version_fd_to_keep(v, &fd);

	if (!r)
		r = temp_link(&v->temp, dir, name, &temp);
	if (r < 0)
		return r;
	pthread_mutex_lock(&v->table->lock);
	if (v->state >= VERSION_SEALED)
		r = -ESTALE;
	if (!r)
		r = vname_add_locked(v, dir, name, temp);
	if (!r)
		v->detached = false;
	pthread_mutex_unlock(&v->table->lock);
	if (r < 0) {
		temp_remove(&v->temp, temp);
		free(temp);
	}
	return r;
}

int versions_removal_begin(struct versions *t, struct dir *dir)
{
	if (!dir)
		return 0;
	LOCK_SCOPE(&t->lock);
	if (atomic_load(&dir->pending))
		return -ENOTEMPTY;
	dir->removing = true;
	return 0;
}

void versions_removal_end(struct versions *t, struct dir *dir)
{
	if (!dir)
		return;
	LOCK_SCOPE(&t->lock);
	dir->removing = false;
	versions_changed_locked(t);
}

/* All of them */

static bool is_open(const struct version *v)
{
	return v->state == VERSION_PENDING || v->state == VERSION_HELD ||
	       v->state == VERSION_SEALED;
}

struct version *versions_newest(struct versions *t, struct dir *dir,
				const char *name)
{
	struct vname *vn;

	LOCK_SCOPE(&t->lock);
	vn = vname_newest_locked(t, dir, name);
	for (; vn; vn = vn->older)
		if (is_open(vn->version))
			return version_get(vn->version);
	return NULL;
}

void versions_end_waits(struct versions *t)
{
	LOCK_SCOPE(&t->lock);
	t->ending = true;
	versions_changed_locked(t);
}

void versions_wake(struct versions *t)
{
	LOCK_SCOPE(&t->lock);
	versions_changed_locked(t);
}

unsigned int versions_count(struct versions *t)
{
	LOCK_SCOPE(&t->lock);
	return t->count;
}

/* False: it has not begun yet, or all have closed it. */
static bool info_locked(struct version *v, const struct timespec *now,
			struct version_info *ret)
{
	char *path;

	ASSERT_HELD(&v->table->lock);
	if (v->state == VERSION_RESERVED || v->state == VERSION_SEALED)
		return false;
	path = version_path_locked(v);
	if (!path)
		return false;
	*ret = (struct version_info){
		.path = path,
		.pid = v->writers ? v->writers->pid : v->temp.pid,
		.age_ms = (now->tv_sec - v->temp.began.tv_sec) * 1000 +
			  (now->tv_nsec - v->temp.began.tv_nsec) / 1000000,
	};
	for (struct writer *w = v->writers; w; w = w->next)
		ret->writers++;
	return true;
}

/* One of a list; the reference is let go with it. */
struct listed {
	struct version *v;
	struct version_info info;
};

/* A list, malloc'ed as its paths are, without sizes; NULL: nothing. */
static struct listed *collect(struct versions *t, size_t *ret_n)
{
	struct listed *list;
	struct timespec now;
	struct version *v;

	*ret_n = 0;
	clock_gettime(CLOCK_REALTIME, &now);
	LOCK_SCOPE(&t->lock);
	list = calloc(t->count, sizeof(*list));
	EACH_VERSION(t, v)
	{
		if (!list || !info_locked(v, &now, &list[*ret_n].info))
			continue;
		list[*ret_n].v = version_get(v);
		(*ret_n)++;
	}
	return list;
}

void versions_each(struct versions *t,
		   void (*each)(void *arg, const struct version_info *info),
		   void *arg)
{
	size_t n;
	auto_free struct listed *list = collect(t, &n);
	struct stat st;

	for (size_t i = 0; i < n; i++) {
		/* A system call: under no lock. */
		if (!version_stat(list[i].v, &st))
			list[i].info.size = st.st_size;
		version_put(list[i].v);
		each(arg, &list[i].info);
		free(list[i].info.path);
	}
}

int versions_line(struct versions *t, struct dir *dir, const char *name,
		  const struct file_key *key, struct lineage **ret)
{
	struct lineage *l, *own;

	TREE_SCOPE(t->rooms->tree, dir);
	if (!dir_has(dir, name, key))
		return -ESTALE;
	LOCK_SCOPE(&t->lining);
	l = lineage_at(t->rooms->lines, dir, name);
	if (!l)
		return -ENOMEM;
	own = t->hooks.file_line(t->hooks.arg, key, l);
	if (own) {
		lineage_put(l);
		l = own;
	}
	*ret = l;
	return 0;
}

void versions_leave_line(struct versions *t, struct dir *dir, const char *name)
{
	struct lineage *l = lineage_find(t->rooms->lines, dir, name);
	struct file_key key;
	struct statx st;

	if (l && !dir_statx(dir, name, &st)) {
		LOCK_SCOPE(&t->lining);
		key = statx_key(&st);
		lineage_put(t->hooks.file_line(t->hooks.arg, &key, l));
	}
	lineage_put(l);
}

void versions_share_line(struct versions *t, struct dir *dir, const char *name,
			 const struct file_key *key)
{
	struct lineage *l, *own;

	if (!atomic_load(&dir->pending))
		return;
	l = lineage_find(t->rooms->lines, dir, name);
	if (!l)
		return;
	own = t->hooks.file_line(t->hooks.arg, key, NULL);
	if (!own) {
		TREE_SCOPE(t->rooms->tree, dir);
		LOCK_SCOPE(&t->lining);
		if (dir_has(dir, name, key))
			own = t->hooks.file_line(t->hooks.arg, key, l);
	}
	lineage_put(own);
	lineage_put(l);
}
