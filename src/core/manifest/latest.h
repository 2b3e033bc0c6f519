/* SPDX-License-Identifier: MIT */
/*
 * latest: all marks together, and the changes since the last of them: the
 * latest recorded state of each path, and which marks told of it.
 *
 * The records of all manifests, also of retired ones, and the changes
 * (changes.h) are applied in the order of their seq.  So a mark is never
 * compared with what later steps have replaced through the mount, nor with what
 * a session did before, whose own mark is still to come.
 *
 * Reading it changes nothing on disk, and a mount may go on meanwhile.
 */
#ifndef IDEMFS_CORE_MANIFEST_LATEST_H
#define IDEMFS_CORE_MANIFEST_LATEST_H

#include "core/backing/state.h"
#include "core/changes/pathmap.h"

struct latest_mark {
	char *name;  /* its path below the marks */
	ino_t ino;   /* of its file */
	mode_t mode; /* likewise */
	int code;    /* 0, or why it cannot be read: -EBADMSG, ... */
};

struct latest {
	struct pathmap *map;	   /* owner N is marks[N - 1] */
	struct latest_mark *marks; /* by name */
	size_t count;
};

/* @root: the backing directory.  -ENOMEM, or an error of opening the marks. */
int latest_read(const struct state *state, int root, struct latest *ret);
void latest_release(struct latest *c);

/* The mark of that name, or NULL. */
struct latest_mark *latest_find(const struct latest *c, const char *name);

#endif
