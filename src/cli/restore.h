/* SPDX-License-Identifier: MIT */
/*
 * restore: copies quarantined bytes to where they can be used.
 *
 * Always by a temp beside the destination, made durable and then renamed, so
 * that there is never half of it there; mode, owner and extended attributes
 * are those of the file it replaces, or else of the partial file itself.
 */
#ifndef IDEMFS_CLI_RESTORE_H
#define IDEMFS_CLI_RESTORE_H

#include <stdbool.h>

#include "base/err.h"

struct restore {
	int from;	  /* the bytes, open for reading */
	const char *dir;  /* what @path starts from */
	const char *path; /* the destination */
	bool beneath;	  /* it must not lead out of @dir */
	bool force;	  /* also over what is there */
	bool unmounted;	  /* @dir is no mount: its temps have reserved names */
};

/* -EEXIST when something is there; always with a line in @err. */
int restore_file(const struct restore *r, struct err *err);

#endif
