/* SPDX-License-Identifier: MIT */
/*
 * temp: the hidden file that a version is written to.
 *
 * Temps are in .idemfs/tmp, or, if the destination is on another filesystem, in
 * a home there (filesystems.h).  A temp is made with the owner, mode, ACL and
 * extended attributes that the file will have, so that promotion is one rename.
 *
 * A version embeds a struct temp: temp_init(), temp_go_near(), then one of
 * temp_new_file(), temp_anonymous() and temp_replace(), and temp_release() at
 * the end.  It may have several names, one for each name of the version, which
 * keeps them (malloc'ed); each has a slot in the journal.
 *
 * All return 0 or -errno.
 */
#ifndef IDEMFS_CORE_TEMP_TEMP_H
#define IDEMFS_CORE_TEMP_TEMP_H

#include <stdatomic.h>

#include "base/events.h"
#include "core/backing/access.h"
#include "core/backing/backing.h"
#include "core/backing/state.h"
#include "core/disk/disk.h"
#include "core/process/wait.h"
#include "core/temp/filesystems.h"
#include "core/temp/journal.h"

/* What all temps of a mount share; it stays the caller's. */
struct temps_spec {
	const struct state *state;
	const struct disk *disk;
	struct journal *journal; /* NULL where nothing can be written */
	struct filesystems *filesystems;
	const struct events *events;
	struct wait_hooks wait;
};

struct temps;

/* Takes the reserve. */
int temps_new(const struct temps_spec *spec, struct temps **ret);
void temps_free(struct temps *all); /* NULL is fine */
/* For status: files that could not be given to their owner. */
unsigned long temps_owners_lost(const struct temps *all);

/*
 * Takes a little room on the disk, which is given up when the disk is full, so
 * that quarantine can write its record, and taken again later.
 */
void temp_reserve(struct temps *all);
void temp_release_reserve(struct temps *all);

#define NOBODY ((uid_t)-1)

struct temp {
	struct temps *all;	 /* const */
	uint64_t id;		 /* const: names it */
	struct filesystem *home; /* const: where it is; NULL: .idemfs/tmp */
	struct dir *near;	 /* const: with that: where it was begun */
	struct timespec began;	 /* const */
	pid_t pid;		 /* const: the process that opened it first */
	uid_t made_by;	   /* const: of a new file: its maker; or NOBODY */
	struct caller by;  /* const once it has been opened: the first
				 *   caller, charged for what is copied */
	bool truncated;	   /* const: begins empty */
	bool bare;	   /* const once it is made: without xattrs */
	atomic_int fd;	   /* atomic: open on it, or -1 */
	atomic_int tail;   /* atomic: likewise while it is only a tail, or
				 *   -1 (append.h) */
	int64_t tail_from; /* const once it has one */
	struct timespec tail_mtime; /* likewise: of its base */
	atomic_int base; /* atomic: the file that it will replace, or -1: one
			  *   that begins empty has no use for it once it is
			  *   made */
	int copy; /* const since it is promoted: what is at its name, where
		   *   that is not fd; or -1 */
};

/* @pid: the process that opened it first; it has begun now. */
void temp_init(struct temp *t, struct temps *all, pid_t pid);
/* It will be on the filesystem of @dir.  -ENOMEM. */
int temp_go_near(struct temp *t, struct dir *dir);
void temp_release(struct temp *t);

/* The temp of a new file; sets t->fd and *ret_name (malloc'ed). */
struct temp_new {
	struct dir *dir;
	const char *name;
	mode_t mode;
	struct caller by;
};
int temp_new_file(struct temp *t, const struct temp_new *spec, char **ret_name);
/* The temp of a file without a name. */
int temp_anonymous(struct temp *t, const struct temp_new *spec);
/*
 * Makes the temp that replaces t->base at @path, in @dir (NULL: nowhere any
 * more): empty, with its bytes, or, where they cannot be shared, a tail
 * (append.h).
 * @powers: with its set-id bits and capabilities.
 */
enum temp_content { TEMP_EMPTY, TEMP_COPY, TEMP_TAIL };
struct temp_old {
	const char *path;
	struct dir *dir;
	enum temp_content content;
	bool powers;
};
int temp_replace(struct temp *t, const struct temp_old *old, char **ret_name);

/*
 * Once it is made: the directory that it is in, the journal with its record,
 * and how that filesystem is flushed.
 */
int temp_home(const struct temp *t);
struct journal *temp_journal(const struct temp *t);
enum way temp_way(const struct temp *t);
/* Makes its record, for quarantine, durable like its bytes. */
void temp_flush_record(const struct temp *t);

/* Removes it by @name, and gives that slot back. */
void temp_remove(struct temp *t, const char *name);
/* It was renamed away from @name. */
void temp_moved(struct temp *t, const char *name);
/* One more name, *ret_name, to become @to in @dir. */
int temp_link(struct temp *t, struct dir *dir, const char *to, char **ret_name);
/*
 * Writes to the journal that the version was closed, or (@note NULL) is not
 * closed yet: of @name, which is to become @path, in @dir unless that is NULL.
 */
int temp_note(struct temp *t, const char *name, char *path, struct dir *dir,
	      const struct journal_note *note);

/* Copies it as @copy in the same directory; *ret_fd is open on that. */
int temp_duplicate(struct temp *t, const char *copy, bool durable, int *ret_fd);
/*
 * Copies to another filesystem.  temp_copy_begin() makes an empty, hidden file in
 * @dirfd, that recovery recognizes as a copy of @temp: *ret_name, malloc'ed, and
 * *ret_fd.  temp_copy_fill() copies the bytes, and what temp_copy_attributes()
 * does: owner, mode, extended attributes and times.
 */
int temp_copy_begin(int dirfd, const char *temp, char **ret_name, int *ret_fd);
int temp_copy_fill(int from, int to);
int temp_copy_attributes(int from, int to);
/*
 * Makes @name in @dirfd a durable copy of file @from, by such a file.  *ret_fd is
 * open on it.
 */
int temp_copy_to(int from, int dirfd, const char *temp, const char *name,
		 int *ret_fd);

#endif
