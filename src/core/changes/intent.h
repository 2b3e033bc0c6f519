/* SPDX-License-Identifier: MIT */
/*
 * intent: which names are being changed, for the mount that comes after a crash.
 *
 * A change is made, and then added to the history (note.h).  A daemon that is
 * killed in between leaves a change that no mark would tell of.  So its names
 * stand in `.idemfs/intent` meanwhile, a file that is mapped: the memory is the
 * page cache, and is there whatever becomes of the daemon.  That costs a store,
 * and no system call.  A power cut may take it; marks are what survives that.
 *
 *	INTENT_SCOPE()     under t->names, around a change and its record
 *	intent_tell()      at the next mount, once it has a history
 *
 * intent_tell() does not ask what has happened: it tells what stands at these
 * names now, and, of what was renamed, below them.  That is true in any case,
 * and as true when it is told again because it was killed, too.  So nothing
 * that the file may hold does harm.
 *
 * One intent at a time, since t->names is held for as long as it stands.
 */
#ifndef IDEMFS_CORE_CHANGES_INTENT_H
#define IDEMFS_CORE_CHANGES_INTENT_H

#include <stdatomic.h>

#include "core/backing/backing.h"
#include "core/backing/state.h"
#include "core/changes/note.h"
#include "idemfs/format.h"

struct intent;

/* The file: path 1 is there when @armed is 2.  What it holds is not believed. */
#define INTENT_NAME "intent"
struct intent_slot {
	atomic_uint armed; /* how many paths it holds */
	char path[2][IDEMFS_PATH_MAX + 1];
};

/*
 * What it holds stays until intent_tell().  Without room on the disk there is
 * none, the log says so, and all else works.  *ret may be NULL.
 */
void intent_open(const struct state *state, struct intent **ret);
void intent_close(struct intent *in);

/*
 * One name, or (@to not NULL) a rename.  What it returns is for intent_end().
 * @in may be NULL.
 */
struct intent *intent_begin(struct intent *in, struct dir *dir,
			    const char *name, struct dir *to,
			    const char *to_name);
void intent_end(struct intent **in);

#define INTENT_SCOPE(in, dir, name) \
	INTENT_RENAME_SCOPE(in, dir, name, NULL, NULL)
#define INTENT_RENAME_SCOPE(in, dir, name, to, to_name)                       \
	__attribute__((cleanup(intent_end), unused)) struct intent *UTIL_CAT( \
		intent_, __LINE__) = intent_begin(in, dir, name, to, to_name)

/* What a crash has left is noted from now on.  Under t->names. */
void intent_tell(struct intent *in, const struct notes *n);

#endif
