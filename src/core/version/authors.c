/* SPDX-License-Identifier: MIT */
#include "core/version/authors.h"

#include "base/util.h"
#include "core/version/names.h"

uint64_t authors_owner_locked(struct versions *t, uint64_t id)
{
	const struct session_hooks *hooks = &t->rooms->sessions;

	ASSERT_HELD(&t->lock);
	return id && hooks->owner ? hooks->owner(hooks->arg, id) : id;
}

uint64_t version_session(struct version *v)
{
	LOCK_SCOPE(&v->table->lock);
	return v->session;
}

static void tell_locked(const struct vname *vn, uint64_t session,
			uint64_t other)
{
	const struct versions *t = vn->version->table;
	const struct session_hooks *hooks = &t->rooms->sessions;
	auto_free char *path = NULL;

	ASSERT_HELD(&t->lock);
	if (!other || other == session || !hooks->overlap)
		return;
	path = dir_path(vn->dir, vname_name(vn));
	if (path)
		hooks->overlap(hooks->arg, session, other, path);
}

/* All that write there, each of which may be one of several of its version. */
static void tell_at_locked(const struct vname *vn, uint64_t session)
{
	for (; vn; vn = vn->older) {
		const struct version *v = vn->version;

		tell_locked(vn, session, v->session);
		for (unsigned int i = 0; i < v->joined_count; i++)
			tell_locked(vn, session, v->joined[i].session);
	}
}

void authors_compare_locked(const struct version *v, uint64_t session)
{
	ASSERT_HELD(&v->table->lock);
	for (const struct vname *vn = session ? v->names : NULL; vn;
	     vn = vn->next)
		tell_at_locked(vn->at->newest, session);
}

void versions_note_reading(struct versions *t, struct dir *dir,
			   const char *name, uint64_t session)
{
	if (!session || !atomic_load(&dir->pending))
		return;
	LOCK_SCOPE(&t->lock);
	tell_at_locked(vname_newest_locked(t, dir, name), session);
}
