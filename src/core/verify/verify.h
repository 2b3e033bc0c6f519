/* SPDX-License-Identifier: MIT */
/*
 * verify: does what marks vouch for still hold?
 *
 * Every path that one of the chosen marks told of is compared with the latest
 * state that is recorded of it.  Quick: size, time and inode number.  Full: the
 * bytes besides, which stand for the inode number, so that a copy of the tree
 * that kept its times holds, too.
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
	const char *mark;     /* the chronicle's; NULL: no mark knows of it */
	uint64_t seq;	      /* of the record that it is held against */
	enum verdict verdict; /* not for what no mark knows of */
	int64_t was, is;      /* sizes */
};

struct verify {
	/* set by the caller */
	int root; /* the backing directory */
	bool full, extra;
	const bool *chosen;	   /* by owner, from 1; NULL: all marks */
	unsigned int threads;	   /* 0: one */
	const atomic_bool *cancel; /* NULL, or once it is set: -EINTR */
	/* for who watches, while it runs */
	atomic_ulong done, total;	       /* paths */
	atomic_ullong bytes_done, bytes_total; /* of full */
	/* results */
	struct verify_problem *problems;
	size_t count;
};

/* @c must stay until verify_release().  -ENOMEM, or what open(2) says. */
int verify_run(struct verify *v, struct chronicle *c);

/*
 * Looks again at what failed, by a chronicle that was read after verify_run():
 * a mount goes on while one looks.
 */
void verify_settle(struct verify *v, const struct chronicle *later);
/*
 * Likewise, for who knows that @later has all that was changed before it was
 * read: what is recorded anew since was changed rightly, and is no problem.
 */
void verify_confirm(struct verify *v, const struct chronicle *later);
void verify_release(struct verify *v);

/*
 * Of each mark of @c, which verify_run() was given, in its order, the first of
 * the problems, or NULL.  A path is held against the last mark that told of it:
 * the steps of earlier ones would make what was replaced since.  What cannot be
 * looked at may be there.  For the caller to free; NULL: no memory.
 */
const struct verify_problem **verify_blame(const struct verify *v,
					   const struct chronicle *c);

/* For people: "missing", "changed" or "extra". */
const char *verify_kind(const struct verify_problem *p);
/* Why it is said to have changed; "" when verify_kind() says it all. */
void verify_why(const struct verify_problem *p, char *buf, size_t size);
/* Both with the path between, as it is: malloc'ed; NULL: no memory. */
char *verify_text(const struct verify_problem *p);

#endif
