/* SPDX-License-Identifier: MIT */
/*
 * recovery: what a mount does with the temps that a crash left (F14).
 *
 * Called with the state locked, before the versions table is made.  Each temp
 * goes to quarantine with the record that its daemon noted; temps of marks,
 * which were never acknowledged, are removed.  What cannot be put away (no
 * space, say) stays where it is, with its record, for the next mount: that is
 * logged, and keeps nobody from working.  May be killed in the middle and run
 * again.
 */
#ifndef IDEMFS_CORE_RECOVERY_H
#define IDEMFS_CORE_RECOVERY_H

#include "core/state.h"

/*
 * @root: the backing directory, where temps that were made next to their
 * destination are looked for.  The number of versions quarantined, or -errno
 * when the state directory cannot be read at all.  *ret_left: how many had to
 * stay.
 */
int recovery_run(const struct state *s, int root, int *ret_left);

#endif
