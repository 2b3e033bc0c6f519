/* SPDX-License-Identifier: MIT */
/*
 * maker: whose a mark is, and who has reason to believe it.
 *
 * Whoever may create files at the root may make marks, and so may be first to
 * make the one that another's step looks for.  So `idemfs step` believes those
 * of its own user, of root and of the user of the daemon, and no others; and
 * none of these becomes another user's, or that of another step, by a rename.
 */
#ifndef IDEMFS_CORE_MARKS_MAKER_H
#define IDEMFS_CORE_MARKS_MAKER_H

#include "core/backing/backing.h"

/*
 * The user of the file, and the one that its manifest names: where the daemon is
 * not root, the file is the daemon's whoever has made the mark.
 */
struct maker {
	uid_t owner, user;
};

int maker_of(struct dir *dir, const char *name, struct maker *ret);
bool maker_is_believed(const struct maker *m, uid_t uid);
/* Is it @uid's, or is @uid one whom all believe? */
bool maker_is(const struct maker *m, uid_t uid);

/*
 * May @uid give another name to all marks in the group @name, as they are?
 * -EPERM when one of them is another's.
 */
int maker_may_move(struct dir *dir, const char *name, uid_t uid);

#endif
