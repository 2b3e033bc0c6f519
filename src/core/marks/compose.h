/* SPDX-License-Identifier: MIT */
/*
 * tell: the records of a mark, from the history and from what the mark told
 * before, if it is made anew.
 *
 *	tell_collect()   once the span is cut, and is durable
 *	tell_write()     the manifest
 *	tell_release()   always
 */
#ifndef IDEMFS_CORE_MARKS_COMPOSE_H
#define IDEMFS_CORE_MARKS_COMPOSE_H

#include "core/changes/changes.h"
#include "core/manifest/manifest.h"
#include "core/manifest/step.h"
#include "core/version/version.h"

struct drain;

struct tell {
	struct versions *t;
	const struct history_span *span;
	const struct drain *drain; /* what it has not waited for; or NULL */
	const atomic_bool *interrupted; /* may be NULL */
	const struct step *step;	/* what `idemfs step` says, or NULL */
	bool keep_step;			/* what it said when @old was made */
	const char *going;   /* a path that it does not tell of, or NULL */
	int old;	     /* set by tell_collect() */
	struct pathmap *map; /* likewise */
	char why[512];	     /* set by it when it fails; or "" */
};

/*
 * @old: a descriptor of the mark as it was, or -1.  Waits for digests; -EINTR.
 * -EIO when something of it may not be on disk (lost_writes.h).
 */
int tell_collect(struct tell *tell, int old);

/* @h: order, since, and what a step says are filled in. */
int tell_write(struct tell *tell, int fd, struct manifest_head *h,
	       off_t *ret_size);
void tell_release(struct tell *tell);

#endif
