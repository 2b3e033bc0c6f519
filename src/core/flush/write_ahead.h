/* SPDX-License-Identifier: MIT */
/*
 * write_ahead: changes of names that are written down before they are made, so
 * that no power cut leaves such a change without a record.
 *
 * The list of changes is a file.  A filesystem writes the bytes of a file and the names
 * of others in any order.  So after a power cut a file may be gone that the
 * list says is there.  But the log of a filesystem keeps names in order: it
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
 * Once a flush has made both the change and its record in the list of changes durable,
 * the link is removed, with all others of its time.  A mount that finds links
 * compares each with what is there, and adds a change that has happened to the
 * list of changes, where that does not have it.  So a link for a change that did not
 * happen, or was recorded, does no harm.
 *
 *	write_ahead_gone(), _placed(), _renamed()	the names being held
 *	write_ahead_tell()		at the next mount, once there is a list of changes
 *	write_ahead_begin(), _flushed(), _trim()	around a flush, and some time later
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

#define WRITE_AHEAD_DIR "foretold" /* below .idemfs */

struct write_ahead;

/* Both stay the caller's. */
int write_ahead_new(const struct state *state, const struct disk *disk,
		    const struct events *events, struct write_ahead **ret);
void write_ahead_free(struct write_ahead *f); /* NULL is fine */

/* All functions below take NULL, and do nothing then. */
void write_ahead_gone(struct write_ahead *f, struct dir *dir, const char *name);
/* @fd: the file. */
void write_ahead_placed(struct write_ahead *f, struct dir *dir,
			const char *name, int fd);
struct write_ahead_rename {
	struct dir *dir, *to;
	const char *name, *to_name;
	uint64_t ino; /* of the file at @name */
	bool exchange;
};
void write_ahead_renamed(struct write_ahead *f,
			 const struct write_ahead_rename *c);

/* With the whole tree held. */
void write_ahead_tell(struct write_ahead *f, const struct notes *n);

/*
 * The argument for write_ahead_flushed(), after a flush that begins now succeeded.
 * The whole tree is held, so that the change of each earlier link is made.
 */
uint64_t write_ahead_begin(const struct write_ahead *f);
void write_ahead_flushed(struct write_ahead *f, uint64_t begun);
/* Removes links that are flushed.  Slow: no caller should wait for it. */
void write_ahead_trim(struct write_ahead *f);

#endif
