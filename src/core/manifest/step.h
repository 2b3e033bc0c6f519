/* SPDX-License-Identifier: MIT */
/*
 * step: the message of `idemfs step` to a mount: its command starts, or has
 * failed, or has done its work, so that the mark is to be made.
 *
 * The message is text, written to .checkpoints/.step (idemfs/control.h):
 *
 *	idemfs-step 1
 *	ACT NAME				mark, start or fail
 *	command TEXT
 *	argv DIGEST
 *	ran BEGAN ENDED STATUS
 *	input SIZE MTIME INODE DIGEST PATH	any number of them
 *
 * in this order, each line with its newline, NAME, TEXT and PATH escaped.
 * BEGAN and ENDED are SECONDS.NNNNNNNNN.  `ran` may be missing.  The codec is
 * pure, and has a bound on all it reads.
 */
#ifndef IDEMFS_CORE_MANIFEST_STEP_H
#define IDEMFS_CORE_MANIFEST_STEP_H

#include <stdbool.h>

#include "core/record/record.h"

#define STEP_FORMAT 1

/* When a command ran, by the wall clock, and its exit status. */
struct step_span {
	struct timespec began, ended;
	int status;
};

enum step_act { STEP_MARK, STEP_START, STEP_FAIL };

struct step {
	enum step_act act;
	char *mark;	       /* its name below .checkpoints */
	char *command;	       /* for people */
	struct digest argv;    /* of all arguments, each with its NUL */
	bool has_ran;	       /* is it known, */
	struct step_span ran;  /*   when it ran? */
	struct record *inputs; /* INPUT; each path is the step's own */
	size_t count;
};

void step_release(struct step *s);

/* Adds a copy of @r, which is an INPUT. -ENOMEM. */
int step_add_input(struct step *s, const struct record *r);

/* malloc'ed; NULL: out of memory. */
char *step_encode(const struct step *s);

/* -EBADMSG when @text is no such message, -EPROTO when it is a newer one. */
int step_decode(const char *text, size_t size, struct step *ret);

/* Is @name one that a mark may have: a path without ".", "..", "//"? */
int step_check_name(const char *name); /* -EINVAL */

/* "BEGAN ENDED STATUS", in less than STEP_SPAN_TEXT bytes, and back. */
#define STEP_SPAN_TEXT 96
void step_span_text(const struct step_span *r, char buf[STEP_SPAN_TEXT]);
int step_span_parse(const char *text, size_t n, struct step_span *ret);

/* XXH3-128 of the arguments in @argv, each with its NUL. */
struct digest step_argv(char *const *argv);

#endif
