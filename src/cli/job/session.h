/* SPDX-License-Identifier: MIT */
/*
 * session: this process tells its mount that what comes from it is one session.
 *
 *	session_begin()   before COMMAND is started
 *	session_end()     when it has ended, with its exit status
 *
 * The open file of .checkpoints/.step (idemfs/control.h) stands for the session,
 * and makes the mount busy.  A caller that is killed ends its session, too, since
 * the kernel closes the file.
 */
#ifndef IDEMFS_CLI_JOB_SESSION_H
#define IDEMFS_CLI_JOB_SESSION_H

#include "core/manifest/step.h"

struct session {
	int control; /* .checkpoints/.step; -1: it has not begun */
	struct step message;
};

#define SESSION_CLOSED        \
	{                     \
		.control = -1 \
	}

/*
 * @root: a descriptor of the root of the mount.  @argv: of COMMAND.  -EINVAL:
 * the mount is of an idemfs that knows no sessions; -EBUSY: too many run;
 * -EACCES, -EROFS: the user may make no mark there; or another -errno.
 */
int session_begin(int root, enum session_kind kind, const char *name,
		  char **argv, struct session *ret);

/* Nothing happens to one that has not begun. */
void session_end(struct session *s, int status);

/* "sort -o b a", cut to what a manifest takes; malloc'ed, NULL: no memory. */
char *session_command(char **argv);

/* .checkpoints/.step of a mount, or -errno. */
int session_open(int root);

/* Sends @s by it, and waits for the answer: 0 or -errno. */
int session_tell(int control, const struct step *s);

#endif
