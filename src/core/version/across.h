/* SPDX-License-Identifier: MIT */
/*
 * across: a promotion that no rename can do, since the temp is on another
 * filesystem than its name (a project quota is enough).
 *
 * A copy is made next to the name, and renamed.  Copying and flushing it takes
 * as long as the file is big, so no name is held meanwhile:
 *
 *	across_begin()	  names held: an empty, hidden file in the directory
 *	across_fill()	  nothing held: what the temp has; flushed, if it must be
 *	across_place()	  names held again: attributes may have been changed, the
 *			  name may be gone, or elsewhere; then a rename
 *	across_release()  what was not renamed is removed
 *
 * The file is made while the directory is held so that its times can be put back
 * (promote.c).  Recovery knows it by the name of the temp that it stands for.
 */
#ifndef IDEMFS_CORE_VERSION_ACROSS_H
#define IDEMFS_CORE_VERSION_ACROSS_H

#include "core/version/types.h"

struct across; /* one of a list: each is of one temp, whose name is unique */

/* -EXDEV: it has begun.  Another -errno: it cannot. */
int across_begin(struct across **all, struct vname *vn, int dirfd);
/* Of all that have begun; @durable: and are not flushed yet. */
int across_fill(struct across *all, struct version *v, bool durable);
/*
 * Renames the copy for @vn to its name in @dirfd; v->temp.copy is open on it
 * then, and the temp is removed.  -ENOENT: there is none.  -EXDEV: it is to be
 * filled first; or it was in another directory, and is begun anew here.
 */
int across_place(struct across **all, struct version *v, struct vname *vn,
		 int dirfd, bool durable);
/* What is open on the copy for @vn; or -1. */
int across_fd(const struct across *all, const struct vname *vn);
void across_release(struct across **all);

#endif
