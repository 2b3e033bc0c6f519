/* SPDX-License-Identifier: MIT */
/*
 * temp: the hidden file that a version is written to.
 *
 * Temps live in .idemfs/tmp, or, where the destination is on another filesystem
 * than that, in a home there (filesystems.h).  A temp is made with the owner, mode, ACL
 * and extended attributes that its name will have, so that promotion is one
 * rename.
 */
#ifndef IDEMFS_CORE_TEMP_TEMP_H
#define IDEMFS_CORE_TEMP_TEMP_H

#include "core/temp/journal.h"
#include "core/version/version.h"

/* The temp of a new file; sets v->fd and *ret_name (malloc'ed). */
int temp_new_file(struct version *v, const struct version_new *spec,
		  char **ret_name);
/* The temp of a file without a name. */
int temp_anonymous(struct version *v, const struct version_new *spec);
/*
 * The temp of a version that replaces v->base: empty, with its bytes, or, where
 * they cannot be shared, a tail (append.h).
 */
enum temp_content { TEMP_EMPTY, TEMP_COPY, TEMP_TAIL };
int temp_replace(struct version *v, const char *path, enum temp_content content,
		 char **ret_name);
/* Makes the temp of @v, with @content, if it has none; a tail is filled. */
int version_materialize(struct version *v, enum temp_content content);

/*
 * Once it has one: the directory of @v's temps, whose they are, and how that
 * filesystem is flushed.
 */
int temp_home(const struct version *v);
struct journal *temp_journal(const struct version *v);
enum flush_way temp_way(const struct version *v);
/* Whose it is, for quarantine, is on disk once its bytes are. */
void temp_flush_record(const struct version *v);
/* Removes a temp of @v, and gives its slot back. */
void temp_remove(struct version *v, const char *name);
/* Forgets a temp that has been renamed away. */
void temp_moved(struct version *v, const char *name);
/* Notes in the journal that @v was closed, for each name; or (NULL) not yet. */
int temp_note(struct version *v, const struct journal_note *note);
/* Likewise for the first name alone, of a version that is (was) a tail. */
int temp_note_tail(struct version *v, const struct journal_note *note);
/* One more link to the temp, to become @to in @dir; *ret_name is malloc'ed. */
int temp_link(struct version *v, struct dir *dir, const char *to,
	      char **ret_name);

/*
 * A little room on the disk, kept so that quarantine can say whose content it
 * is when there is none left: given up for that, and taken again.
 */
void temp_reserve(struct versions *t);
void temp_release_reserve(struct versions *t);

/*
 * Makes @name in @dirfd a copy of file @from, by a temp there that recovery
 * knows for one of @temp.  *ret_fd is open on it.
 */
int temp_copy_to(int from, int dirfd, const char *temp, const char *name,
		 bool durable, int *ret_fd);
/*
 * Puts a copy in the place of the temp, by all its names, and v->copy on that:
 * whatever else knows the old file has it to itself.  Takes t->names, though not
 * while it copies.
 */
int temp_renew(struct version *v, bool durable);

/* Counts, and says once, that @path could not be given to @uid. */
void temp_note_owner(struct versions *t, const char *path, uid_t uid);

#endif
