/* SPDX-License-Identifier: MIT */
/*
 * step: what `idemfs step` tells a mount when its command has done its work.
 *
 * The message is text, written to .checkpoints/.step (idemfs/control.h):
 *
 *	idemfs-step 1
 *	mark NAME
 *	command TEXT
 *	argv DIGEST
 *	input SIZE MTIME INODE DIGEST PATH	any number of them
 *
 * in this order, each line with its newline, NAME, TEXT and PATH escaped.  The
 * codec is pure, and bounded in all it reads.
 */
#ifndef IDEMFS_CORE_STEP_H
#define IDEMFS_CORE_STEP_H

#include "core/record.h"

#define STEP_FORMAT 1

struct step {
	char *mark;	       /* its name below .checkpoints */
	char *command;	       /* for people */
	struct digest argv;    /* of all arguments, each with its NUL */
	struct record *inputs; /* INPUT; each path is the step's own */
	size_t count;
};

void step_release(struct step *s);

/* Adds a copy of @r, which is an INPUT. -ENOMEM. */
int step_add_input(struct step *s, const struct record *r);

/* malloc'ed; NULL: out of memory. */
char *step_encode(const struct step *s);

/* -EBADMSG when @text is no such message, -EPROTO when it is of a newer one. */
int step_decode(const char *text, size_t size, struct step *ret);

/* Is @name one that a mark may have: a path without ".", "..", "//"? */
int step_check_name(const char *name); /* -EINVAL */

/* XXH3-128 of the arguments in @argv, each with its NUL. */
struct digest step_argv(char *const *argv);

#endif
