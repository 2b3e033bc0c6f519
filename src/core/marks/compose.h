/* SPDX-License-Identifier: MIT */
/*
 * compose: the records of a mark, from the changes and, if the mark is made anew,
 * from what it told before.
 *
 *	compose_collect()   once the span is cut, and is durable
 *	compose_write()     the manifest
 *	compose_release()   always
 */
#ifndef IDEMFS_CORE_MARKS_COMPOSE_H
#define IDEMFS_CORE_MARKS_COMPOSE_H

#include "core/changes/changes.h"
#include "core/manifest/manifest.h"
#include "core/manifest/step.h"
#include "core/marks/former.h"
#include "core/marks/overlaps.h"
#include "core/sessions/sessions.h"
#include "core/version/version.h"

struct drain;
struct learn;

struct compose {
	struct versions *t;
	struct sessions *sessions; /* or NULL: there are none */
	const struct changes_span *span;
	const struct drain *drain;	/* open files of others; or NULL */
	const atomic_bool *interrupted; /* may be NULL */
	const struct step *step;	/* what `idemfs step` says, or NULL */
	struct learn *learn;		/* what its command has read; or NULL */
	bool keep_step;			/* keep what @old has of a step */
	const char *key;	  /* of its earlier runs (former.h), or NULL */
	const char *going;	  /* a path that it does not tell of, or NULL */
	int old;		  /* set by compose_collect() */
	struct pathmap *map;	  /* likewise */
	struct former former;	  /* likewise: what these have read */
	char *name;		  /* likewise: of the session; NULL: by time */
	bool damaged;		  /* likewise: so @old tells nothing */
	struct overlaps overlaps; /* likewise */
	char why[512];		  /* set by it when it fails; or "" */
};

/*
 * @old: a descriptor of the mark as it was, or -1.  Waits for digests.  -EINTR.
 * -EIO when bytes that it would vouch for may not be on disk (lost_writes.h).
 */
int compose_collect(struct compose *compose, int old);

/* Fills in order, since, session, and what a step says, in @h. */
int compose_write(struct compose *compose, int fd, struct manifest_head *h,
		  off_t *ret_size);
void compose_release(struct compose *compose);

#endif
