/* SPDX-License-Identifier: MIT */
/*
 * foretold: changes of names that are noted before they are made, so that no
 * power cut leaves such a change without its note.
 *
 * The history is a file, and a filesystem writes the bytes of a file and the
 * names of others in any order: after a power cut a file may be gone that, as
 * far as the history goes, is to be there.  Names among themselves are in order:
 * the log of a filesystem never has a later one without an earlier one.  So
 * before a name of what a mark vouches for (vouched.h) is removed, renamed or
 * replaced, a symbolic link is made in `.idemfs/foretold`; its target says what
 * is about to happen:
 *
 *	0//PATH			it is removed
 *	INODE//PATH		file INODE comes to it
 *	INODE//PATH//TO		INODE is renamed from PATH to TO
 *	INODE//PATH//TO//	likewise, and what was at TO comes to PATH
 *
 * Once a flush has made both the change and its line in the history durable, the
 * link is removed, with all others of its time.  A mount that finds some
 * compares each with what stands there, and adds what has happened to the
 * history, where that does not have it.  So a note of what did not happen, or
 * was told before, does no harm.
 *
 *	foretell_gone(), _placed(), _renamed()	under t->names, before the change
 *	foretold_tell()		at the next mount, once it has a history
 *	foretold_begin(), _flushed(), _trim()	around a flush, and some time later
 *
 * A path that is too long for the target of a symbolic link, what is on a disk
 * of its own inside the tree, and what a full disk has no room for, have none:
 * the change is made all the same.
 */
#ifndef IDEMFS_CORE_FLUSH_WRITE_AHEAD_H
#define IDEMFS_CORE_FLUSH_WRITE_AHEAD_H

#include "core/backing/state.h"
#include "core/changes/note.h"
#include "core/disk/disk.h"

#define FORETOLD_DIR "foretold" /* below .idemfs */

struct foretold;

/* Both stay the caller's. */
int foretold_new(const struct state *state, const struct disk *disk,
		 struct foretold **ret);
void foretold_free(struct foretold *f); /* NULL is fine */

/* All that follow take NULL, and do nothing then. */
void foretell_gone(struct foretold *f, struct dir *dir, const char *name);
/* @fd: the file. */
void foretell_placed(struct foretold *f, struct dir *dir, const char *name,
		     int fd);
struct foretold_rename {
	struct dir *dir, *to;
	const char *name, *to_name;
	uint64_t ino; /* of what is at @name */
	bool exchange;
};
void foretell_renamed(struct foretold *f, const struct foretold_rename *c);

/* Under t->names. */
void foretold_tell(struct foretold *f, const struct notes *n);

/*
 * What to say to foretold_flushed() once a flush that begins now went well.
 * Under t->names, so that none of those before is without its change.
 */
uint64_t foretold_begin(const struct foretold *f);
void foretold_flushed(struct foretold *f, uint64_t begun);
/* Removes what is flushed: takes its time, which nobody should wait for. */
void foretold_trim(struct foretold *f);

#endif
