/* SPDX-License-Identifier: MIT */
/*
 * intent: which names are being changed, for the mount that comes after a
 * crash.
 *
 * A change is made, and then added to the list of changes (note.h).  If the daemon is
 * killed in between, no mark would tell of the change.  So meanwhile its names
 * are in `.idemfs/intent`, a file that is mapped.  That memory is the page
 * cache, and outlives the daemon.  It costs a store, and no system call.  A
 * power cut may take it.
 *
 *	INTENT_SCOPE()     around a change and its record, @dir being held
 *	intent_tell()      at the next mount, once there is a list of changes
 *
 * intent_tell() does not find out what has happened.  It records what is at
 * these names now, and, after a rename, below them.  That is true in any case,
 * also when it is recorded again because this mount was killed, too.  So no
 * content of the file can do harm.
 *
 * There is a slot for each number that a directory may have (tree_lock.h).  The
 * thread that holds the directory has the slot to itself.  A rename uses the
 * slot of the directory that it takes a name from.
 */
#ifndef IDEMFS_CORE_CHANGES_INTENT_H
#define IDEMFS_CORE_CHANGES_INTENT_H

#include <stdatomic.h>

#include "base/events.h"
#include "core/backing/backing.h"
#include "core/backing/state.h"
#include "core/changes/note.h"
#include "idemfs/format.h"

struct intent;

/*
 * The file has INTENT_SLOTS of these; path 1 is there when @armed is 2.  Its
 * content is not trusted.  One with a single slot is of an earlier idemfs.
 */
#define INTENT_NAME "intent"
struct intent_slot {
	atomic_uint armed; /* how many paths it holds */
	char path[2][IDEMFS_PATH_MAX + 1];
};
#define INTENT_SLOTS DIR_NUMBERS
#define INTENT_SIZE (INTENT_SLOTS * sizeof(struct intent_slot))

/*
 * The content that a crash has left stays until intent_tell().  Without room on
 * the disk *ret is NULL, the log says so, and all else works.
 */
void intent_open(const struct state *state, const struct events *events,
		 struct intent **ret);
void intent_close(struct intent *in);

/*
 * Notes one name, or (@to not NULL) a rename.  Returns the argument for
 * intent_end().  @in may be NULL.
 */
struct intent_slot *intent_begin(struct intent *in, struct dir *dir,
				 const char *name, struct dir *to,
				 const char *to_name);
void intent_end(struct intent_slot **slot);

#define INTENT_SCOPE(in, dir, name) \
	INTENT_RENAME_SCOPE(in, dir, name, NULL, NULL)
#define INTENT_RENAME_SCOPE(in, dir, name, to, to_name)                   \
	__attribute__((cleanup(intent_end), unused)) struct intent_slot * \
	UTIL_CAT(intent_, __LINE__) = intent_begin(in, dir, name, to, to_name)

/* Adds what a crash has left to the changes.  The whole tree is held. */
void intent_tell(struct intent *in, const struct notes *n);

#endif
