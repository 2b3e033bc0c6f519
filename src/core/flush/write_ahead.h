/* SPDX-License-Identifier: MIT */
/*
 * foretold: changes of names that are written down before they are made, so
 * that no power cut leaves such a change without a record.
 *
 * The history is a file.  A filesystem writes the bytes of a file and the names
 * of others in any order.  So after a power cut a file may be gone that the
 * history says is there.  But the log of a filesystem keeps names in order: it
 * never has a later one without an earlier one.  So before the name of a file
 * that a mark vouches for (vouched.h) is removed, renamed or replaced, a
 * symbolic link is made in `.idemfs/foretold`.  Its target says what is about
 * to happen:
 *
 *	0//PATH			it is removed
 *	INODE//PATH		file INODE comes to it
 *	INODE//PATH//TO		INODE is renamed from PATH to TO
 *	INODE//PATH//TO//	likewise, and the file of TO comes to PATH
 *
 * Once a flush has made both the change and its record in the history durable,
 * the link is removed, with all others of its time.  A mount that finds links
 * compares each with what is there, and adds a change that has happened to the
 * history, where that does not have it.  So a link for a change that did not
 * happen, or was recorded, does no harm.
 *
 *	foretell_gone(), _placed(), _renamed()	the names being held
 *	foretold_tell()		at the next mount, once it has a history
 *	foretold_begin(), _flushed(), _trim()	around a flush, and some time later
 *
 * There is no link for a path that is too long for the target of a symbolic
 * link, for a file on another filesystem inside the tree, and when the disk is
 * full.  Then the change is made all the same.
 */
#ifndef IDEMFS_CORE_FLUSH_WRITE_AHEAD_H
#define IDEMFS_CORE_FLUSH_WRITE_AHEAD_H

#include "base/events.h"
#include "core/backing/state.h"
#include "core/changes/note.h"
#include "core/disk/disk.h"

#define FORETOLD_DIR "foretold" /* below .idemfs */

struct foretold;

/* Both stay the caller's. */
int foretold_new(const struct state *state, const struct disk *disk,
		 const struct events *events, struct foretold **ret);
void foretold_free(struct foretold *f); /* NULL is fine */

/* All functions below take NULL, and do nothing then. */
void foretell_gone(struct foretold *f, struct dir *dir, const char *name);
/* @fd: the file. */
void foretell_placed(struct foretold *f, struct dir *dir, const char *name,
		     int fd);
struct foretold_rename {
	struct dir *dir, *to;
	const char *name, *to_name;
	uint64_t ino; /* of the file at @name */
	bool exchange;
};
void foretell_renamed(struct foretold *f, const struct foretold_rename *c);

/* With the whole tree held. */
void foretold_tell(struct foretold *f, const struct notes *n);

/*
 * The argument for foretold_flushed(), after a flush that begins now succeeded.
 * The whole tree is held, so that the change of each earlier link is made.
 */
uint64_t foretold_begin(const struct foretold *f);
void foretold_flushed(struct foretold *f, uint64_t begun);
/* Removes links that are flushed.  Slow: no caller should wait for it. */
void foretold_trim(struct foretold *f);

#endif
