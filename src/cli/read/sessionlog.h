/* SPDX-License-Identifier: MIT */
/*
 * sessionlog: what the log of a directory says of sessions, with and without a
 * mount.
 *
 *	sessionlog_read()      those of the lines that are kept
 *	sessionlog_release()
 */
#ifndef IDEMFS_CLI_READ_SESSIONLOG_H
#define IDEMFS_CLI_READ_SESSIONLOG_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/read/logline.h"

struct logged_session {
	char *name, *command; /* escaped; the beginning of the command */
	int pid;	      /* 0: it cannot be seen */
	char began[LOGLINE_TIME + 1];
	bool ended;
	/* Once it has ended: "status 0 after 1.2 s, 3 files changed". */
	char *how;
};

struct logged_overlap {
	char when[LOGLINE_TIME + 1];
	char *text; /* 'sessions "A" and "B" overlap: "PATH"' */
};

struct sessionlog {
	struct logged_session *items; /* in the order of their begins */
	size_t count;
	struct logged_overlap *overlaps;
	size_t overlap_count;
};

/*
 * @dir: a descriptor of the state directory.  A session that was running when a
 * mount was killed has ended with that.  0 or -errno; what was read until then
 * is to be released all the same.
 */
int sessionlog_read(int dir, struct sessionlog *ret);
void sessionlog_release(struct sessionlog *l);

/* Takes the next line into account; what sessionlog_read() does.  -ENOMEM. */
int sessionlog_add(struct sessionlog *l, const struct logline *line);

#endif
