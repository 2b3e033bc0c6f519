/* SPDX-License-Identifier: MIT */
/*
 * holds: does the mark of a step still hold?
 *
 * It holds if its maker is believed, what it vouches for is still there (both
 * are what the mount says of it), and the inputs have the content that they had.
 * With --command, the command is the same, too; with --learn also all that it
 * has read (learned.h).
 */
#ifndef IDEMFS_CLI_JOB_HOLDS_H
#define IDEMFS_CLI_JOB_HOLDS_H

#include <stdbool.h>
#include <time.h>

#include "cli/mounts/inside.h"
#include "core/manifest/step.h"

struct holds {
	const struct inside *in;
	const char *name;	 /* of the mark */
	const struct step *step; /* what is to be run, and its inputs */
	bool command;		 /* it counts whether the command is the same */
	bool learn;		 /* and what it has read */
	int control;		 /* .checkpoints/.step; with learn */

	/* The answer: */
	const char *why;      /* it does not hold; a constant, or @words */
	struct timespec made; /* when it holds */
	char words[1024];
};

/*
 * 1: it holds; 0: it does not.  -ENOENT: there is no mark; -EBADMSG: it is
 * damaged; or another -errno.
 */
int holds_ask(struct holds *h);

#endif
