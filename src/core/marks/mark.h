/* SPDX-License-Identifier: MIT */
/*
 * mark: the file below .idemfs/marks that says a step is done: how it is made,
 * whole and durable, and how it is read (include/idemfs/format.h).
 *
 *	mark_begin()    a temp below .idemfs/tmp
 *	(manifest_create() ... manifest_finish() on file.fd)
 *	mark_place()    makes it durable at its name
 *	mark_abandon()  always, at the end: removes the temp if it is still there
 *
 * A reader of a mark gets its note, or its manifest when there is no note.
 */
#ifndef IDEMFS_CORE_MARKS_MARK_H
#define IDEMFS_CORE_MARKS_MARK_H

#include "core/manifest/manifest.h"
#include "core/version/version.h"

struct mark_file {
	struct versions *t;
	int fd;
	char temp[64]; /* its name; "" once it is placed */
};

struct mark_place {
	struct dir *dir; /* below the marks */
	const char *name;
	uid_t uid;
	gid_t gid;
	const struct timespec *times; /* of atime and mtime; NULL: now */
	unsigned int flags;	      /* of renameat2(2) */
};

int mark_begin(struct versions *t, mode_t mode, struct mark_file *ret);
int mark_place(struct mark_file *f, const struct mark_place *at);
void mark_abandon(struct mark_file *f);

/* What a reader of a mark sees: @size bytes of @fd (the caller's), at @from. */
struct mark_text {
	int fd;
	off_t from, size;
	bool noted;
};
int mark_open(struct dir *dir, const char *name, struct mark_text *ret);
/* Only the size of that. */
int mark_size(struct dir *dir, const char *name, off_t *ret_size);

/* Stores the note of a mark, durably; -EFBIG beyond the maximum. */
int mark_set_note(struct versions *t, struct dir *dir, const char *name,
		  const char *note, size_t size);

/* Copies the note of @from, if it has one, behind @size bytes of @to. */
int mark_copy_note(const struct mark_text *from, int to, off_t size);

/* Makes renames and removals in @dir durable. */
int mark_sync_dir(struct dir *dir);

#endif
