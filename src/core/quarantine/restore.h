/* SPDX-License-Identifier: MIT */
/*
 * restore: copies quarantined bytes to where they can be used.
 *
 * The bytes go to a temp, which is made durable and then renamed, so that half
 * of them is never seen.  Mode, owner and extended attributes are those of the
 * file that is replaced, or else of the partial itself, without set-id bits and
 * capabilities.  Beneath @dir, root restores only what the partial's owner may
 * write there.
 */
#ifndef IDEMFS_CORE_QUARANTINE_RESTORE_H
#define IDEMFS_CORE_QUARANTINE_RESTORE_H

#include <stdbool.h>

#include "base/err.h"

struct restore {
	int from;	  /* the bytes, open for reading */
	const char *dir;  /* what @path starts from */
	const char *path; /* the destination */
	bool beneath;	  /* it must not lead out of @dir */
	bool force;	  /* also over what is there */
	int tmp; /* for the temp: .idemfs/tmp when @dir is no mount; or -1 */
};

/* -EEXIST when something is there; always with a line in @err. */
int restore_file(const struct restore *r, struct err *err);

#endif
