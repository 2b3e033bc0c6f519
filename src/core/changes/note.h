/* SPDX-License-Identifier: MIT */
/*
 * note: adds a change that was just made in the tree to the list of changes
 * (changes.h), and says that something is to be flushed later.
 *
 * The directory is held (tree_lock.h), and has been since the change was made.
 * So the records of a path are in the order of its changes.  Those of different
 * paths need no order, except after the rename of a directory, which moves all
 * that was noted of below it: then the whole tree is held.  A file that cannot be
 * looked at any more is noted as gone.  Changes of marks, and of their groups,
 * are not noted.
 *
 * @by is the session that the change belongs to, as the record says; 0: none.
 */
#ifndef IDEMFS_CORE_CHANGES_NOTE_H
#define IDEMFS_CORE_CHANGES_NOTE_H

#include <sys/stat.h>

#include "base/events.h"
#include "core/backing/backing.h"
#include "core/changes/changes.h"
#include "core/changes/hasher.h"
#include "core/changes/lost_writes.h"
#include "core/record/record.h"
#include "core/temp/filesystems.h"

/* Where changes are noted.  All const; all of it stays the caller's. */
struct notes {
	struct backing *backing;
	struct filesystems *filesystems;
	struct changes *changes; /* NULL: the tree is read-only; likewise */
	struct hasher *hasher;
	struct lost_writes *lost;
	const struct events *events;
	void (*changed)(void *arg); /* a flush is needed later; cheap */
	void *arg;
	/* A session has changed @path; NULL: it is told to none. */
	void (*by_session)(void *arg, uint64_t session, const char *path);
	void *by_arg;
};

/* A version is promoted to @name. */
struct promoted {
	struct stat st;
	const struct digest *digest; /* of its content; NULL: not known */
	const struct lost_writes_file *writes;
	uint64_t by;
};
void note_promoted(const struct notes *n, struct dir *dir, const char *name,
		   const struct promoted *p);
/* What was there before has come to @name, by a rename or a link. */
void note_named(const struct notes *n, struct dir *dir, const char *name,
		uint64_t by);
/* A file was made at @name. */
void note_made(const struct notes *n, struct dir *dir, const char *name,
	       uint64_t by);
/* Nothing is there any more. */
void note_gone(const struct notes *n, struct dir *dir, const char *name,
	       uint64_t by);
/* A directory was renamed. */
void note_moved(const struct notes *n, struct dir *dir, const char *name,
		struct dir *to, const char *to_name, uint64_t by);
/*
 * After a crash: records what is at @path now, by no session; for two names that may have been
 * renamed to each other, also what is below them.  A path that leads out of the
 * tree, or to a hidden file, is passed over.
 */
void note_found(const struct notes *n, char *path);
void note_found_renamed(const struct notes *n, char *path, char *to);
/* It is written in place; any thread, no lock. */
void note_in_place(const struct notes *n, struct dir *dir, const char *name,
		   uint64_t by);

/*
 * The file @fd at @name may get other times: note_times_begin() before that,
 * note_times_end() after it.
 */
struct note_times {
	struct stat before;
	bool known;
};
void note_times_begin(int fd, struct note_times *c);
void note_times_end(const struct notes *n, struct dir *dir, const char *name,
		    int fd, const struct note_times *c, uint64_t by);

#endif
