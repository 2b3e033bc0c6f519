/* SPDX-License-Identifier: MIT */
/*
 * view: draws one frame of `idemfs status --watch` on the terminal.
 *
 * The caller fills in what is to be seen, and draws as often as it likes.  A
 * frame fits into the terminal as it is at that moment, from 48 columns and 8
 * lines on.
 */
#ifndef IDEMFS_CLI_WATCH_VIEW_H
#define IDEMFS_CLI_WATCH_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/read/marklist.h"
#include "cli/read/progress.h"

#define VIEW_FAILURES 5 /* the latest, that are shown */

struct view {
	const char *dir;
	const char *run; /* with --run-id, else NULL */
	struct marklist marks;
	struct progress now, before;   /* two looks, for rates */
	char *failures[VIEW_FAILURES]; /* the latest first; NULL: there is none */
	size_t failure_count;	       /* of this mount, also those not kept */
	bool keys;		       /* q is taken, and said to be */
	bool color;

	/* of the frame that is being drawn */
	FILE *out;
	int cols;
	int left; /* lines that are free */
};

/* Writes a frame to stdout. */
void view_draw(struct view *v);

#endif
