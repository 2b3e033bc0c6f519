/* SPDX-License-Identifier: MIT */
/*
 * maker: which user has made a mark, and which users believe it.
 *
 * A user who may create files at the root may make marks, and so may be first
 * to make the one that another user's step looks for.  So `idemfs step`
 * believes only marks of its own user, of root and of the user of the daemon.
 * And by a rename no mark of these becomes that of another user, or of another
 * step.
 */
#ifndef IDEMFS_CORE_MARKS_MAKER_H
#define IDEMFS_CORE_MARKS_MAKER_H

#include "core/backing/backing.h"

/*
 * The user of the file, and the one that its manifest names.  If the daemon is
 * not root, the file is the daemon's, whichever user has made the mark.
 */
struct maker {
	uid_t owner, user;
};

int maker_of(struct dir *dir, const char *name, struct maker *ret);
bool maker_is_believed(const struct maker *m, uid_t uid);
/* Was it made by @uid, or is @uid root or the daemon's user? */
bool maker_is(const struct maker *m, uid_t uid);

/*
 * May @uid rename the group @name with all marks in it?  -EPERM when one of
 * them is another user's.
 */
int maker_may_move(struct dir *dir, const char *name, uid_t uid);

#endif
