/* SPDX-License-Identifier: MIT */
/*
 * collect: the records of what a session has read (learn_collect()).
 *
 *	own.c       what of it is its own work, from the list of changes
 *	content.c   the digests that are missing
 *	fold.c      directories of which too many files were read
 *	collect.c   the records
 */
#ifndef IDEMFS_CORE_LEARN_COLLECT_H
#define IDEMFS_CORE_LEARN_COLLECT_H

#include "core/learn/set.h"

/* A directory that something was read in, or below. */
struct place {
	UT_hash_handle hh;
	uint64_t ended; /* the session has renamed or removed it at that seq */
	size_t files;	/* read in it */
	bool folded;
	char path[];
};

/* A path that the mark tells of, in one of these directories. */
struct told {
	UT_hash_handle hh;
	char path[];
};

struct collect {
	const struct learn_mark *mark;
	struct set *set;
	bool (*is_mine)(void *arg, uint64_t session);
	void *mine_arg;
	size_t files_max;
	int (*put)(void *arg, const struct record *r);
	void *arg;

	struct place *places;
	struct told *told;
	struct item **by_ino; /* files, by inode number */
	size_t files;
};

int collect_run(struct collect *c);

/* Sets `own` and `changed` of each item. */
int own_find(struct collect *c);
/* Is it told of by the mark? */
bool own_is_told(const struct collect *c, const char *path);
void own_release(struct collect *c);

/* Was it renamed or removed by the session, after it was read? */
bool own_has_changed(const struct collect *c, const struct item *i);

/* Chooses the directories to fold, so that few enough records are left. */
void fold_choose(struct collect *c);
bool fold_has(const struct collect *c, const struct item *i);
int fold_put(struct collect *c);

/* -ESTALE and others: what was read is not there any more. */
int content_digest(const struct collect *c, const struct item *i,
		   struct digest *ret);
int content_digest_at(const struct collect *c, int dir, const char *name,
		      struct digest *ret);
bool content_is_as_read(const struct collect *c, const struct item *i);

static inline int collect_put(struct collect *c, struct record *r,
			      const char *path)
{
	r->seq = c->mark->seq;
	r->path = *path ? path : ".";
	return c->put(c->arg, r);
}

#endif
