/* SPDX-License-Identifier: MIT */
/*
 * recovery: what a mount does with the temps that a crash left (F14).
 *
 * Called with the state locked, before the versions table is made.  Temps are
 * in .idemfs/tmp or in a home on a filesystem inside the tree (home.h):
 *
 *  - one that a promise says was closed (promise.h), and that still has just
 *    those bytes, is promoted, durably;
 *  - each other goes to quarantine, with the record that its daemon left;
 *  - temps of marks, which were never acknowledged, are removed.
 *
 * A home is believed about files of its own filesystem alone.  A temp that
 * cannot be put away (no space, say) stays where it is, with its record, for
 * the next mount.  That is told, and the mount goes on.  Recovery may be
 * killed in the middle and run again.
 */
#ifndef IDEMFS_CORE_RECOVERY_RECOVERY_H
#define IDEMFS_CORE_RECOVERY_RECOVERY_H

#include "base/events.h"
#include "core/backing/state.h"
#include "core/version/version.h"

struct recovered {
	unsigned int finished; /* so many were promoted */
	unsigned int kept;     /* went to quarantine */
	unsigned int left;     /* had to stay where they were */
};

/*
 * @root: the backing directory, where the homes are, and copies that were made
 * next to their destination.  -errno when the state directory cannot be read at
 * all; else 0, and *ret is filled in.
 */
int recovery_run(const struct state *s, int root, const struct events *events,
		 struct recovered *ret);
/* Adds what was promoted, or begun, to the changes, once these are read. */
void recovery_tell(struct versions *t, const struct events *events);

#endif
