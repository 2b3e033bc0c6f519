/* SPDX-License-Identifier: MIT */
#include "cli/mounts/inside.h"

#include <fcntl.h>

#include "base/util.h"
#include "cli/mounts/trust.h"
#include "mount/mountpoint/mountinfo.h"

static int refuse_owner(const struct mounted *m, struct err *err)
{
	return err_set(err, -EPERM,
		       "%s is an idemfs mount of user %u, who can make it say "
		       "anything. Run this as that user, or, if you trust that "
		       "user, with IDEMFS_TRUST=%u",
		       m->at, m->owner, m->owner);
}

static int refuse_place(const char *dir, struct err *err)
{
	if (dir)
		return err_set(err, -ENOENT,
			       "%s: no idemfs mount. Mount it first: idemfs "
			       "mount %s",
			       dir, dir);
	return err_set(err, -ENOENT,
		       "not inside an idemfs mount. Start the script with "
		       "idemfs run DIR -- SCRIPT, or mount first, and enter "
		       "DIR");
}

static int enter(const char *dir, struct mounted *m, struct inside *ret,
		 struct err *err)
{
	int root;

	if (!m->idemfs)
		return refuse_place(dir, err);
	if (!trust_owner(m->owner))
		return refuse_owner(m, err);
	root = mountinfo_open(m->id);
	if (root < 0)
		return err_set(err, root,
			       "%s: another mount lies over this one, or it "
			       "has gone. Enter it anew: cd \"$PWD\"",
			       m->at);
	*ret = (struct inside){ .root = root,
				.id = m->id,
				.path = steal_ptr(&m->at) };
	return 0;
}

int inside_find(const char *dir, struct inside *ret, struct err *err)
{
	struct mounted m = { 0 };
	int r = mountinfo_get(mountinfo_id(AT_FDCWD, dir ? dir : ".", 0), &m);

	r = r < 0 ? refuse_place(dir, err) : enter(dir, &m, ret, err);
	mounted_clear(&m);
	return r;
}

bool inside_is_mounted(const struct inside *i)
{
	auto_fd root = mountinfo_open(i->id);

	return root >= 0;
}

void inside_release(struct inside *i)
{
	close_fd(i->root);
	free(i->path);
	*i = (struct inside)INSIDE_CLOSED;
}
