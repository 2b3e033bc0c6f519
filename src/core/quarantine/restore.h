/* SPDX-License-Identifier: MIT */
/*
 * restore: copies quarantined bytes to where they can be used.
 *
 * Always by a temp, made durable and then renamed, so that there is never half
 * of it there; mode, owner and extended attributes
 * are those of the file it replaces, or else of the partial file itself, but
 * never its set-id bits and capabilities.  Beneath @dir, root restores only what
 * the partial's owner may write there.
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
	int tmp; /* .idemfs/tmp when @dir is no mount: for the temp; or -1 */
};

/* -EEXIST when something is there; always with a line in @err. */
int restore_file(const struct restore *r, struct err *err);

#endif
