/* SPDX-License-Identifier: MIT */
/*
 * listing: does a directory have the names that it had when a step has listed
 * it?  And if not, which one is new, or gone?
 *
 *	listing_judge()     1, 0, or -errno
 *	listing_explain()   after 0
 *	listing_release()   always, in the end
 *
 * A mark has the digest of the names, not the names.  So a new one is found by
 * its ctime, and proved by the digest of the others.  One that is gone is found
 * among the paths that the mark tells for other reasons.
 */
#ifndef IDEMFS_CLI_JOB_LISTING_H
#define IDEMFS_CLI_JOB_LISTING_H

#include "cli/job/dirnames.h"
#include "cli/job/made.h"
#include "core/manifest/manifest.h"

struct listing {
	int root;
	struct made *made;	      /* not counted */
	const struct timespec *since; /* what is new has come after that */
	char *path;		      /* of the directory */
	uint64_t count;		      /* of its names, as they were */
	struct digest digest;
	struct dirnames names; /* as they are */
	bool too_many;	       /* so that they are not all in names */
};

/* @l: root, made and since are set.  @r: a LISTED. */
int listing_judge(struct listing *l, const struct record *r);
/* malloc'ed: "data/ has a new file b.csv".  @m: see learned.h. */
char *listing_explain(struct listing *l, struct manifest_reader *m);
void listing_release(struct listing *l);

#endif
