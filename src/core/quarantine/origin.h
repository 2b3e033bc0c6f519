/* SPDX-License-Identifier: MIT */
/*
 * origin: who made a temp, as its record tells it, and what recovery may do with
 * the temp because of that.
 *
 * Between a crash and the next mount the tree may have changed, and the daemon
 * that knew the version is gone.  So recovery asks anew what a promotion asks
 * (version_may_replace(), owner.h), of what stands there now; and a path is
 * believed only while it leads to the same directory.  A directory is known by
 * its inode number: the number of a device may be another one after a boot.
 *
 * A line "origin UID GID new|over DIR" of a record in the journal:
 *
 *	new   the version was a new file's
 *	over  it was to replace one, whose owner the temp has
 *	DIR   inode number of the directory; 0 when nothing was closed
 */
#ifndef IDEMFS_CORE_QUARANTINE_ORIGIN_H
#define IDEMFS_CORE_QUARANTINE_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct origin {
	bool known; /* false: a record that an older idemfs has written */
	bool over;
	uid_t uid;
	gid_t gid;
	uint64_t dir;
};

#define ORIGIN_TEXT 80

/* What follows "origin ". */
void origin_text(const struct origin *m, char out[ORIGIN_TEXT]);
bool origin_parse(const char *s, size_t n, struct origin *ret);

/*
 * Temp @fd, that was closed, is about to become @name in @dir: gives it to its
 * maker if it would be one more file of somebody else.  -ESTALE: that is not the
 * directory it was closed in; -EPERM: its maker could not put it there.
 */
int origin_settle(const struct origin *m, int fd, int dir, const char *name);

/*
 * Temp @fd, of @dir, goes to quarantine: one file more, which is its maker's.
 * False: whose it is remains unknown, so it is not to be restored to where its
 * record says.
 */
bool origin_take(const struct origin *m, int fd, int dir);

#endif
