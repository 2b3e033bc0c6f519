/* SPDX-License-Identifier: MIT */
/*
 * logline: a line of .idemfs/log, "DATE TIME LEVEL: TEXT" (base/log.h).
 *
 * Pure.  A log may have been cut anywhere, and may hold any bytes.  In a line
 * that is accepted the time is digits and signs, and the text is anything.
 */
#ifndef IDEMFS_CLI_READ_LOGLINE_H
#define IDEMFS_CLI_READ_LOGLINE_H

#include <stdbool.h>

#define LOGLINE_TIME 23 /* bytes of DATE and TIME */

struct logline {
	const char *time; /* LOGLINE_TIME bytes of it */
	const char *text;
	bool event, trouble; /* a warning or an error; else it is neither */
};

/* Strings are in @line, without its newline.  False: not such a line. */
bool logline_parse(char *line, struct logline *ret);

/* Does it tell that something went wrong? */
bool logline_is_failure(const struct logline *l);
/* Does it tell that two sessions overlap? */
bool logline_is_overlap(const struct logline *l);
/* Is it the first of a mount? */
bool logline_is_start(const struct logline *l);

#endif
