/* SPDX-License-Identifier: MIT */
/*
 * chronicle: what all marks tell together, and what has changed since the last
 * of them: the latest recorded state of each path, and which marks told of it.
 *
 * Records of all manifests, those of forgotten marks too, are applied in the
 * order of their seq, and then the history (changes.h).  So a mark is never held
 * against what later steps have done through the mount.
 *
 * For those who look: nothing is changed, and a mount may go on meanwhile.
 */
#ifndef IDEMFS_CORE_MANIFEST_LATEST_H
#define IDEMFS_CORE_MANIFEST_LATEST_H

#include "core/backing/state.h"
#include "core/changes/pathmap.h"

struct chronicle_mark {
	char *name;  /* its path below the marks */
	ino_t ino;   /* of its file */
	mode_t mode; /* likewise */
	int code;    /* 0, or why it cannot be believed: -EBADMSG, ... */
};

struct chronicle {
	struct pathmap *map;	      /* owner N is marks[N - 1] */
	struct chronicle_mark *marks; /* by name */
	size_t count;
};

/* @root: the backing directory.  -ENOMEM, or what open(2) says of the marks. */
int chronicle_read(const struct state *state, int root, struct chronicle *ret);
void chronicle_release(struct chronicle *c);

/* The mark of that name; NULL. */
struct chronicle_mark *chronicle_find(const struct chronicle *c,
				      const char *name);

#endif
