/* SPDX-License-Identifier: MIT */
/*
 * owner: the owner of a version that replaces a file of another user.
 *
 * Overwriting keeps the owner (F7): one file goes, one comes.  But if the old
 * file has other links, or is not at the name any more, there is one file more
 * after the promotion.  As with a temp and rename(2) by hand, that belongs to
 * its writer.  Else a user who may write to one file of another could make any
 * number of files that belong to the other, and fill the other's quota.
 *
 * A daemon that is not root owns what it makes, and does none of this.
 */
#ifndef IDEMFS_CORE_VERSION_OWNER_H
#define IDEMFS_CORE_VERSION_OWNER_H

#include "core/version/version.h"

/*
 * @by, as the first caller that opens @v.  If the file becomes the caller's, it
 * keeps its group if the caller is in that.
 */
struct caller owner_caller(struct version *v, const struct caller *by);
/* Does it replace a file, and has another owner than its first opener? */
bool owner_differs(struct version *v);
/* Would @v, promoted at @name, be one more file of another user's? */
bool owner_adds_file(struct version *v, struct dir *dir, const char *name);
/* If so, gives it to its writer.  Its names are held. */
int owner_give(struct version *v);
/* A file in quarantine is one more in any case: gives it to its writer. */
void owner_give_partial(struct version *v);

#endif
