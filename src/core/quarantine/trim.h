/* SPDX-License-Identifier: MIT */
/*
 * trim: quarantine does not grow for ever (--partial-keep).
 */
#ifndef IDEMFS_CORE_QUARANTINE_TRIM_H
#define IDEMFS_CORE_QUARANTINE_TRIM_H

#include "core/options/options.h"

/*
 * Drops what is older than it may be, and then the oldest of each owner, until
 * what is left of that owner takes no more room on the disk than it may: else
 * any user could push out what is kept for others.  Root and the user of the
 * daemon are one owner.  The newest of each stays, whatever its size: it was put
 * there a moment ago.  The log tells what goes, and why.  How many went, or
 * -errno.
 */
int trim_quarantine(int partialdir, const struct options *o);

#endif
