/* SPDX-License-Identifier: MIT */
/*
 * checkpoint: the barrier, and the marks that come after it (C2, C3, C5–C7).
 *
 * A mark is made in this order, and not at all when a step fails:
 *
 *	1  every version that was open is closed (else -EBUSY after a while)
 *	2  no promotion has failed since the mark before (else -EIO, once)
 *	3  one syncfs(2): all that was promoted is durable
 *	4  the digests that are still missing are taken; what an earlier flush
 *	   may have lost is read back (lost_writes.h)
 *	5  the mark is written to a temp, and fsynced
 *	6  it is renamed to its name, and the directory fsynced
 *
 * A mark of a session tells (compose.h) what that session has changed since its
 * last mark that was there when this one was begun; what sessions inside it have
 * left without a mark is its own, too.  A mark that is made in no session tells
 * likewise what belongs to no session that runs.  If it is made anew or renamed,
 * it also tells what it told before.  It waits for the files, and fails with the
 * failures, of the same session.
 *
 * A thread that makes a mark may wait for seconds.  Meanwhile it holds no lock,
 * and tells the hooks that it waits.  Marks that are made at the same time do
 * not wait for each other.
 */
#ifndef IDEMFS_CORE_MARKS_CHECKPOINT_H
#define IDEMFS_CORE_MARKS_CHECKPOINT_H

#include "base/events.h"
#include "core/manifest/step.h"
#include "core/version/version.h"

struct learn;
struct sessions;

struct checkpoint {
	struct dir *dir; /* below the marks */
	const char *name;
	mode_t mode;
	struct caller by;
	/*
	 * Whose changes it tells (S3); 0: by time.  A session that has ended
	 * meanwhile is taken for the one around it.
	 */
	uint64_t session;
	struct sessions *sessions;	/* that tell its name; may be NULL */
	struct learn *learn;		/* what sessions have read; or NULL */
	const atomic_bool *interrupted; /* set, then versions_wake(): -EINTR */
	const struct step *step; /* what `idemfs step` says of it, or NULL */
	/* If it learns: which earlier runs there are (former.h), or NULL. */
	const char *key;
	/*
	 * The attributes of @dir, as users see them.  If it is sticky, a mark
	 * of another user is not replaced (-EPERM), checked now and after the
	 * wait.  NULL: each user who may write the mark may make it anew.
	 */
	const struct stat *in;
	/* Its note, and the path that is renamed to the mark; or NULL. */
	const char *note;
	size_t note_size;
	const char *going;
};

int checkpoint_make(struct versions *t, const struct checkpoint *c);

/*
 * A step that learns has ended without a mark: what it has read is kept for its
 * next one.  @c: with @step and @key.
 */
int checkpoint_fail(struct versions *t, const struct checkpoint *c);

/* Renames a mark, with a barrier of its own. */
int checkpoint_rename(struct versions *t, const struct checkpoint *from,
		      struct dir *to, const char *to_name, unsigned int flags);

/* Forgets a mark, durably. */
int checkpoint_remove(struct versions *t, struct dir *dir, const char *name);

/*
 * Imports the files of a real directory .checkpoints at the backing root as
 * marks, with their times, and removes it (C1).  A file that cannot become a
 * mark stays, out of sight, and @left is told its path below .checkpoints.
 * Returns how many were imported, or -errno.
 */
typedef void (*import_left)(const char *path, const char *why);
int checkpoint_import(struct versions *t, int root, import_left left,
		      const struct events *events);

#endif
