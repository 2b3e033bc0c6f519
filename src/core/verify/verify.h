/* SPDX-License-Identifier: MIT */
/*
 * verify: does what marks vouch for still hold?
 *
 * Every path that one of the chosen marks told of is compared with the latest
 * state that is recorded of it.  Quick: by size, time and inode number.  Full:
 * by size, time and bytes, so that a copy of the tree that kept its times
 * holds.
 *
 *	verify_run()       all of it, into problems, sorted by path
 *	verify_settle()    what a mount has changed meanwhile is no problem
 *	verify_confirm()   likewise, by the mount itself
 *	verify_blame()     which marks do not hold
 *	verify_release()
 *
 * Nothing is changed, and no lock of a mount is taken.
 */
#ifndef IDEMFS_CORE_VERIFY_VERIFY_H
#define IDEMFS_CORE_VERIFY_VERIFY_H

#include <stdatomic.h>
#include <stdbool.h>

#include "core/changes/compare.h"
#include "core/manifest/latest.h"

struct verify_problem {
	char *path;
	const char *mark; /* of those in latest.h; NULL: no mark knows of it */
	uint64_t seq;	  /* of the record that it was compared with */
	enum verdict verdict; /* unless no mark knows of it */
	int64_t was, is;      /* sizes */
};

struct verify {
	/* set by the caller */
	int root; /* the backing directory */
	bool full, extra;
	const bool *chosen;	   /* by owner, from 1; NULL: all marks */
	unsigned int threads;	   /* 0: one */
	const atomic_bool *cancel; /* NULL, or once it is set: -EINTR */
	/* progress, while it runs */
	atomic_ulong done, total;	       /* paths */
	atomic_ullong bytes_done, bytes_total; /* of full */
	/* results */
	struct verify_problem *problems;
	size_t count;
};

/* @c must stay until verify_release().  -ENOMEM, or what open(2) says. */
int verify_run(struct verify *v, struct latest *c);

/*
 * Looks again at what failed, by what latest_read() says after verify_run(),
 * since a mount may have gone on meanwhile.
 */
void verify_settle(struct verify *v, const struct latest *later);
/*
 * Likewise, when the caller knows that @later has all changes that were made
 * before it was read.  What has a newer record was changed through the mount,
 * and is no problem.
 */
void verify_confirm(struct verify *v, const struct latest *later);
void verify_release(struct verify *v);

/*
 * For each mark of @c, which verify_run() was given, in its order: the first
 * of its problems, or NULL.  A problem counts against the last mark that told
 * of the path: the steps of earlier ones would make what was replaced since.  A
 * path that cannot be looked at counts as there.  The caller frees the array;
 * NULL: no memory.
 */
const struct verify_problem **verify_blame(const struct verify *v,
					   const struct latest *c);

/* For people: "missing", "changed" or "extra". */
const char *verify_kind(const struct verify_problem *p);
/* What has changed; "" when verify_kind() says it all. */
void verify_why(const struct verify_problem *p, char *buf, size_t size);
/* Both with the path between, as it is: malloc'ed; NULL: no memory. */
char *verify_text(const struct verify_problem *p);

#endif
