/* SPDX-License-Identifier: MIT */
#include "core/version/owner.h"

#include "base/sys.h"
#include "base/util.h"
#include "core/version/names.h"

struct caller owner_caller(struct version *v, const struct caller *by)
{
	struct caller user = *by;
	struct stat st;

	if (by->uid && v->replaces && !fstat(version_fd_for_read(v), &st) &&
	    st.st_nlink > 1 && st.st_uid != by->uid &&
	    access_in_group(by, st.st_gid))
		user.gid = st.st_gid;
	return user;
}

static bool is_anothers(struct version *v, struct stat *ret)
{
	return geteuid() == 0 && v->replaces && v->temp.by.uid != 0 &&
	       !fstat(version_promoted_fd(v), ret) &&
	       ret->st_uid != v->temp.by.uid;
}

bool owner_differs(struct version *v)
{
	struct stat own;

	return is_anothers(v, &own);
}

static bool takes_a_place(struct dir *dir, const char *name, uid_t owner)
{
	struct statx st;

	return !dir_statx(dir, name, &st) && st.stx_uid == owner &&
	       st.stx_nlink == 1;
}

bool owner_adds_file(struct version *v, struct dir *dir, const char *name)
{
	struct stat own;

	return is_anothers(v, &own) && !takes_a_place(dir, name, own.st_uid);
}

/* The group that a new file there would get. */
static gid_t new_group(struct version *v)
{
	struct dir_traits traits;

	if (v->names && !dir_get_traits(v->names->dir, &traits) &&
	    (traits.mode & S_ISGID))
		return traits.gid;
	return v->temp.by.gid;
}

int owner_give(struct version *v)
{
	struct stat own;
	int r;

	if (!v->names || !is_anothers(v, &own))
		return 0;
	for (struct vname *vn = v->names; vn; vn = vn->next)
		if (takes_a_place(vn->dir, vname_name(vn), own.st_uid))
			return 0;
	r = sys.fchown(version_promoted_fd(v), v->temp.by.uid,
		       own.st_gid == v->temp.by.gid ? own.st_gid
						    : new_group(v));
	v->given = r == 0;
	return r;
}

void owner_give_partial(struct version *v)
{
	struct stat own;

	/* If the quota does not allow that, the partial is kept. */
	if (is_anothers(v, &own))
		(void)sys.fchown(v->temp.fd, v->temp.by.uid, v->temp.by.gid);
}
