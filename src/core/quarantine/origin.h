/* SPDX-License-Identifier: MIT */
/*
 * origin: the maker of a temp, as its record tells it, and what recovery may
 * therefore do with the temp.
 *
 * Between a crash and the next mount the tree may have changed, and the daemon
 * that knew the version is gone.  So recovery checks anew what a promotion
 * checks (version_may_replace(), owner.h), against what is there now.  A path
 * is believed only while it leads to the same directory.  A directory is known
 * by its inode number, since a device may have another number after a boot.
 *
 * A line "origin UID GID new|over DIR" of a record in the journal:
 *
 *	new   the version was a new file
 *	over  it was to replace a file, and the temp has the owner of that
 *	DIR   inode number of the directory; 0 when the version was not closed
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

/* Writes the text that follows "origin ". */
void origin_text(const struct origin *m, char out[ORIGIN_TEXT]);
bool origin_parse(const char *s, size_t n, struct origin *ret);

/*
 * Temp @fd, which was closed, is about to become @name in @dir.  Gives it to
 * its maker if it would be one more file of another user.  -ESTALE: @dir is not
 * the directory that it was closed in.  -EPERM: its maker could not put it
 * there.
 */
int origin_settle(const struct origin *m, int fd, int dir, const char *name);

/*
 * Temp @fd, of @dir, goes to quarantine.  That is one file more, so it is given
 * to its maker.  False: the maker is not known, so it must not be restored to
 * the path in its record.
 */
bool origin_take(const struct origin *m, int fd, int dir);

#endif
