/* SPDX-License-Identifier: MIT */
#include "core/version/for_tree.h"

#include "core/version/names.h"
#include "core/version/types.h"

bool versions_any_seen(struct versions *t, struct dir *dir, const char *name,
		       const struct ancestry *by, bool seen)
{
	struct vname *vn;

	LOCK_SCOPE(&t->lock);
	vn = vname_newest_locked(t, dir, name);
	for (; vn; vn = vn->older)
		if (version_is_seen_locked(vn->version, by) == seen)
			return true;
	return false;
}

bool versions_is_one(struct versions *t, struct dir *a, const char *a_name,
		     struct dir *b, const char *b_name,
		     const struct ancestry *by)
{
	struct vname *one, *other;

	LOCK_SCOPE(&t->lock);
	one = vname_seen_locked(t, a, a_name, by);
	other = vname_seen_locked(t, b, b_name, by);
	return one && other && one->version == other->version;
}

struct version *versions_older_at(struct versions *t, struct dir *dir,
				  const char *name, const struct version *than)
{
	struct vname *vn;

	LOCK_SCOPE(&t->lock);
	vn = vname_newest_locked(t, dir, name);
	for (; vn; vn = vn->older)
		if (!than || vn->version->temp.id < than->temp.id)
			return version_get(vn->version);
	return NULL;
}

int version_own_fd(const struct version *v)
{
	int fd = atomic_load(&v->temp.fd);

	return fd < 0 ? atomic_load(&v->temp.tail) : fd;
}
