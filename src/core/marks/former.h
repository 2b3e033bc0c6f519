/* SPDX-License-Identifier: MIT */
/*
 * former: what earlier runs of a step that learns have read, for its next mark.
 *
 * A command that makes only what is out of date (make, ninja) reads only what
 * that needs.  What it has kept was made by earlier runs, from inputs that only
 * these have read: the run that the last mark tells of, and those that failed
 * since.  They are kept in `.idemfs/former` until the next mark, whatever is
 * killed meanwhile:
 *
 *	KEY		the mark that the run has replaced
 *	KEY.part	a manifest, like a mark's, of a run that failed
 *	KEY.run		a run is under way
 *	KEY.lost	one was, and nothing is known of what it read
 *
 *	former_start()    a run begins
 *	former_fail()     it has made no mark; after KEY.part was placed
 *	former_done()     its mark is at its name: nothing is needed any more
 *	former_forget()   a mark is removed
 *
 *	former_open()     while a mark is made: what is known
 *	former_choose()   which of it is carried (carry.h)
 *	former_release()  always
 *
 * What the old mark tells is carried if something that it vouches for is still
 * the same file; what a failed run has read always, once.  Nothing is flushed:
 * a filesystem keeps these names in order with those that the run makes.
 */
#ifndef IDEMFS_CORE_MARKS_FORMER_H
#define IDEMFS_CORE_MARKS_FORMER_H

#include <stdbool.h>

#include "core/backing/backing.h"
#include "core/backing/state.h"
#include "core/changes/pathmap.h"

/* Of the mark at @path below the marks, of steps of user @uid. */
#define FORMER_KEY 33
void former_key(const char *path, uid_t uid, char key[FORMER_KEY]);

/*
 * @dir, @name: where the mark is, if there is one; @dir may be NULL.  Marks of
 * other users are passed over.
 */
int former_start(const struct state *state, const char *key, uid_t uid,
		 struct dir *dir, const char *name);
/* Places the manifest @temp of .idemfs/tmp. */
int former_fail(const struct state *state, const char *key, const char *temp);
void former_done(const struct state *state, const char *key);
/* Before it is removed.  While a run is under way, the run itself removes it. */
void former_forget(const struct state *state, struct dir *dir,
		   const char *name);

enum former_kind { FORMER_MARK, FORMER_PART, FORMER_KINDS };

struct former {
	int files[FORMER_KINDS]; /* -1: there is none */
	bool carried[FORMER_KINDS];
	bool lost; /* of some run it is not known what it read */
	/* When the run began, by the clock that the kernel stamps files with. */
	struct timespec began;
};
#define FORMER_NONE                 \
	{                           \
		.files = { -1, -1 } \
	}

/* @argv: what another command has read does not count. */
int former_open(const struct state *state, const char *key,
		const struct digest *argv, struct former *ret);
void former_release(struct former *f);

/* @root: the backing directory.  @map: what the new mark tells. */
int former_choose(struct former *f, int root, const struct pathmap *map);
bool former_any(const struct former *f);

/* Is what @r tells still as it was, and not told by @map? */
bool former_is_kept(const struct record *r, int root,
		    const struct pathmap *map);
bool former_is_told(const struct pathmap *map, const char *path);
/*
 * Or told only as the same file with the same bytes, by touch(1) or ln(1)?  A
 * file that was made anew may have the inode number of the old one, but was born
 * in this run.
 */
bool former_is_touched(const struct former *f, const struct record *r, int root,
		       const struct pathmap *map);

#endif
