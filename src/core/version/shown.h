/* SPDX-License-Identifier: MIT */
/*
 * shown: what the mount asks of a version for its node, its descriptors and its
 * status, so that no field of it is read outside of this room.
 *
 * All are for a version that the caller has a reference to, under any lock or
 * none, unless they say otherwise.
 */
#ifndef IDEMFS_CORE_VERSION_SHOWN_H
#define IDEMFS_CORE_VERSION_SHOWN_H

#include "core/version/version.h"

struct stream;

/* What stays as it is from when others can find it; pointers are borrowed. */
struct version_facts {
	struct versions *table;
	uint64_t id; /* no other version of this mount has it, and never will */
	uint64_t owner; /* the node: of version_reserve(), version_create() */
	struct lineage *line;
	bool replaces;	      /* a file was at its name: */
	struct file_key base; /*   that one */
	struct dir *near;     /* where it was begun, if its temp is on another
			       *   filesystem than .idemfs/tmp; or NULL */
};
struct version_facts version_facts(const struct version *v);

/* The temp, which stays the version's: -1 while it has none, or but a tail. */
int version_temp_fd(const struct version *v);

/*
 * Has it surely no capabilities?  It has a temp, which was made without
 * extended attributes, and none were set since.
 */
bool version_is_bare(const struct version *v);
/* Its attributes are about to be changed, other than by a write. */
void version_note_changed(struct version *v);
/*
 * What fstat(2) says to the processes that see it: the attributes of its bytes,
 * but as they will be once it is promoted.  An update has the number of the file that it
 * came from, since programs check that (SQLite does).
 */
int version_stat_shown(struct version *v, struct stat *ret);

/* Has @uid, and no other user, opened it to write? */
bool version_is_of(struct version *v, uid_t uid);

/*
 * A directory whose times the promotion of @v will change, and whose attributes
 * the kernel may have cached (clears attr_cached): a reference; NULL after the
 * last.
 */
struct dir *version_stale_dir(struct version *v);
/* Will its promotion visibly change its ctime or owner? */
bool version_is_moving(struct version *v);
/* Its first name: a reference and a copy; -ENOENT when it has none. */
int version_first_name(struct version *v, struct dir **ret_dir,
		       char **ret_name);

/*
 * Does the committed file at @name in @dir belong to the same user?  Then the
 * caller may do to it what the kernel has allowed for the version: to *ret_key
 * and no other, since another file may come there.  -ENOENT when not, or when
 * there is none.
 */
int version_same_owner(struct version *v, struct dir *dir, const char *name,
		       struct file_key *ret_key);
/* Was it opened by the process of @tid, or by an ancestor of that? */
bool version_is_seen(struct version *v, pid_t tid);

/* For writes that pass here: the digest of its bytes (stream.h). */
struct stream *version_stream(struct version *v);

/*
 * Changes whenever a tail begins to go into a committed file (append.h): what
 * was found while it has changed may be the node of the next version already.
 */
unsigned long versions_tails(struct versions *t);
/* Thread @tid asks for something else than a close or an exit does. */
void versions_thread_seen(struct versions *t, pid_t tid);

/* Since the mount began. */
struct versions_counts {
	unsigned long promoted;
	long long promoted_bytes;
	unsigned long discarded;
	unsigned long failed;
	unsigned long owners_lost; /* files that could not be given away */
	bool at_close;		   /* are versions flushed when closed? Then */
	unsigned long flushed;	   /*   so many were, */
	unsigned long flushes;	   /*   with so many flushes */
};
void versions_count_all(struct versions *t, struct versions_counts *ret);

#endif
