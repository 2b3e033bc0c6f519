/* SPDX-License-Identifier: MIT */
/*
 * going: which tails go into their files just now (append.h).
 *
 * That is a copy, and no name is held over it.  So the file is half changed
 * while its directory is free for other names.  A thread that would change this
 * name, or look at the file, waits until the tail is in, and holds nothing
 * meanwhile: see versions_hold_name() and the like (for_tree.h).
 *
 *	going_hold()	the names of the version are held
 *	going_begin()	still held; then they are released
 *	...		the copy
 *	going_end()	its record is in the list of changes, or it is undone
 */
#ifndef IDEMFS_CORE_VERSION_GOING_H
#define IDEMFS_CORE_VERSION_GOING_H

#include "core/backing/tree_lock.h"
#include "core/version/version.h"

/*
 * Holds the names of @v, which is SEALED, when no thread waits for the whole
 * tree: so that many appends do not keep that waiting for ever.  The hooks have
 * been told that this thread may wait.
 */
struct tree_hold going_hold(struct version *v);

/* The only name of @v is held; it stays what it is until the end. */
void going_begin(struct version *v);
/* Wakes the threads that wait for it. */
void going_end(struct version *v);

/* Waits until @v does not go in any more. */
void going_wait(struct version *v);

#endif
