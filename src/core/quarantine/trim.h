/* SPDX-License-Identifier: MIT */
/*
 * trim: keeps quarantine from growing for ever (--partial-keep).
 */
#ifndef IDEMFS_CORE_QUARANTINE_TRIM_H
#define IDEMFS_CORE_QUARANTINE_TRIM_H

#include "base/events.h"
#include "core/options/options.h"

/*
 * Drops partials that are too old, and then the oldest of each owner, until the
 * rest of that owner's fits into the size.  The size is for each owner: else
 * any user could push out what is kept for others.  Root and the user of the
 * daemon are one owner.  The newest of each stays, whatever its size, since it
 * was put there a moment ago.  Tells what goes, and why.  Returns how
 * many went, or -errno.
 */
int trim_quarantine(int partialdir, const struct options *o,
		    const struct events *events);

#endif
