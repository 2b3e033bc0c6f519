/* SPDX-License-Identifier: MIT */
/*
 * carry: what earlier runs have read (former.h), and the new one has not, as
 * records of the new mark.
 *
 *	carry_see()      each record of what the new run has read
 *	carry_run()      puts the others
 *	carry_release()  always
 *
 * What the new run has read, or its mark tells of, is not carried.  Of the rest
 *
 *	what holds		is carried as it is
 *	what does not, and	likewise, so that the step is done again
 *	changed in this run
 *	a file that changed	is carried with its present content: the command
 *	before			did not ask for it
 *	anything else		is dropped
 */
#ifndef IDEMFS_CORE_MARKS_CARRY_H
#define IDEMFS_CORE_MARKS_CARRY_H

#include <stdatomic.h>

#include "core/marks/former.h"

struct carry_seen;

struct carry {
	const struct former *former;
	const struct pathmap *map; /* what the new mark tells */
	int root;		   /* the backing directory */
	uint64_t seq;		   /* of the records */
	const atomic_bool *stop;   /* may be NULL */
	int (*put)(void *arg, const struct record *r);
	void *arg;

	struct timespec was; /* private, as is the rest */
	struct carry_seen *seen;
};

int carry_see(struct carry *c, const struct record *r); /* -ENOMEM */
/* -EINTR, -ENOMEM, or what put has returned. */
int carry_run(struct carry *c);
void carry_release(struct carry *c);

#endif
