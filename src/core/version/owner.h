/* SPDX-License-Identifier: MIT */
/*
 * belongs: whom a file belongs to that takes the place of another user's.
 *
 * Overwriting keeps the owner (F7): one file goes, one comes.  But where the old
 * file has other links, or is not at the name any more, there is one file more
 * after the promotion.  As with a temp and rename(2) by hand, that is its
 * writer's: else whoever may write to one file of a user could make any number
 * of files that belong to that user, and fill his quota.
 *
 * A daemon that is not root owns what it makes, and judges nothing of this.
 */
#ifndef IDEMFS_CORE_VERSION_OWNER_H
#define IDEMFS_CORE_VERSION_OWNER_H

#include "core/version/version.h"

/*
 * @by, as the first that opens @v: a file that becomes his keeps its group
 * when he is in that.
 */
struct caller owner_caller(struct version *v, const struct caller *by);
/* Does it replace a file, and has another owner than who opened it first? */
bool owner_differs(struct version *v);
/* Would @v, promoted at @name, be one more file of a user's who is not its own? */
bool owner_adds_file(struct version *v, struct dir *dir, const char *name);
/* Then gives it to its user.  Its names are held. */
int owner_give(struct version *v);
/* What goes to quarantine is one file more in any case. */
void owner_give_partial(struct version *v);

#endif
