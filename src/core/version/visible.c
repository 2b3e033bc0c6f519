/* SPDX-License-Identifier: MIT */
/*
 * Which processes see a pending version (F3): the opener and its descendants
 * (version.h).
 */
#include "base/util.h"
#include "core/process/ancestry.h"
#include "core/version/names.h"
#include "core/version/version.h"

bool version_is_seen_locked(const struct version *v, const struct ancestry *by)
{
	ASSERT_HELD(&v->table->lock);
	for (struct writer *w = v->writers; w && by; w = w->next)
		if (ancestry_has(by, w->pid, w->since))
			return true;
	return false;
}

/* The process of @tid alone. */
static void set_process(struct ancestry *by, pid_t tid)
{
	by->count = 0;
	if (tid > 0)
		by->line[by->count++] =
			(struct process){ .pid = writer_process(tid) };
}

static void add_ancestors(struct versions *t, struct ancestry *by)
{
	if (!by->count)
		return;
	WAIT_SCOPE(&t->rooms->wait);
	ancestry_of(t->rooms->ancestries, by->line[0].pid, by);
}

bool version_is_seen(struct version *v, pid_t tid)
{
	struct ancestry by;
	bool seen;

	set_process(&by, tid);
	pthread_mutex_lock(&v->table->lock);
	seen = version_is_seen_locked(v, &by);
	pthread_mutex_unlock(&v->table->lock);
	if (seen)
		return true;
	add_ancestors(v->table, &by);
	LOCK_SCOPE(&v->table->lock);
	return version_is_seen_locked(v, &by);
}

void versions_asker(struct versions *t, struct dir *dir, const char *name,
		    pid_t tid, struct ancestry *ret)
{
	bool others = false;

	set_process(ret, tid);
	if (!atomic_load(&dir->pending))
		return;
	pthread_mutex_lock(&t->lock);
	if (vname_newest_locked(t, dir, name))
		others = !vname_seen_locked(t, dir, name, ret);
	pthread_mutex_unlock(&t->lock);
	if (others)
		add_ancestors(t, ret);
}

void versions_find(struct versions *t, struct dir *dir, const char *name,
		   pid_t tid, struct version **ret_own, bool *ret_pending)
{
	struct ancestry by;
	struct vname *own;

	*ret_own = NULL;
	*ret_pending = false;
	if (!atomic_load(&dir->pending))
		return;
	versions_asker(t, dir, name, tid, &by);
	LOCK_SCOPE(&t->lock);
	if (!vname_settled_locked(t, dir, name))
		return;
	*ret_pending = true;
	own = vname_seen_locked(t, dir, name, &by);
	*ret_own = own ? version_get(own->version) : NULL;
}

void versions_list(struct versions *t, struct dir *dir, pid_t tid,
		   void (*each)(void *arg, const char *name, uint64_t owner),
		   void *arg)
{
	struct ancestry by;

	if (!atomic_load(&dir->pending) || tid <= 0)
		return;
	set_process(&by, tid);
	add_ancestors(t, &by);
	LOCK_SCOPE(&t->lock);
	for (struct vname *vn = dir->vnames; vn; vn = vn->dir_next)
		if (version_is_seen_locked(vn->version, &by))
			each(arg, vname_name(vn), vn->version->owner);
}
