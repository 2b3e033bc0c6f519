/* SPDX-License-Identifier: MIT */
/*
 * given: the inputs that a step has before its command starts: those that the
 * user names, and with --learn also those that the mount does not see being
 * read.
 *
 *	given_name()      a file that the user names
 *	given_learn()     the program, its interpreter, the script that it is
 *	                  given, and the files that are open already
 *	given_read()      their digests, right before the command starts
 *	given_release()
 *
 * Until given_read() it is known only which files they are: that is enough to
 * ask whether a mark holds.
 */
#ifndef IDEMFS_CLI_JOB_GIVEN_H
#define IDEMFS_CLI_JOB_GIVEN_H

#include "cli/mounts/inside.h"
#include "core/manifest/step.h"

struct given {
	const struct inside *in;
	struct step *step; /* has the inputs */
	int *fds;	   /* one an input: it is open by that number; -1 */
	char *unread;	   /* the program or the like that may not be read */
};

/* 0; -EISDIR; another -errno. */
int given_name(struct given *g, const char *path);

/* @argv: the command, ends with NULL.  What is not there is passed over. */
int given_learn(struct given *g, char *const *argv);

/* -EFBIG: too many holes.  *ret_path: of the input that could not be read. */
int given_read(struct given *g, const char **ret_path);

void given_release(struct given *g);

#endif
