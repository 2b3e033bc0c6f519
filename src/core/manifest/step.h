/* SPDX-License-Identifier: MIT */
/*
 * step: the message of `idemfs step`, `session` and `run` to a mount: a session
 * begins or ends; a step's command has failed, or has done its work, so that
 * the mark is to be made.
 *
 * The message is text, written to .checkpoints/.step (idemfs/control.h):
 *
 *	idemfs-step 1
 *	ACT NAME				begin, end; start, fail, mark
 *	kind KIND				run, session; step if missing
 *	pid N
 *	learn yes
 *	command TEXT
 *	argv DIGEST
 *	ran BEGAN ENDED STATUS
 *	input SIZE MTIME INODE DIGEST PATH	any number of them
 *
 * in this order, each line with its newline, NAME, TEXT and PATH escaped.
 * BEGAN and ENDED are SECONDS.NNNNNNNNN.  `kind`, `pid`, `learn` and `ran` may
 * be missing.  Start, fail and mark are of kind step only; start is its begin.
 * NAME is that of a mark for a step, else any text (step_check_title()).  The
 * codec is pure, and has a bound on all it reads.
 */
#ifndef IDEMFS_CORE_MANIFEST_STEP_H
#define IDEMFS_CORE_MANIFEST_STEP_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/record/record.h"

#define STEP_FORMAT 1

/* When a command ran, by the wall clock, and its exit status. */
struct step_span {
	struct timespec began, ended;
	int status;
};

enum step_act { STEP_MARK, STEP_START, STEP_FAIL, STEP_BEGIN, STEP_END };

/* What a session was begun by. */
enum session_kind { SESSION_STEP, SESSION_SESSION, SESSION_RUN };

struct step {
	enum step_act act;
	enum session_kind kind;
	bool learn;	       /* what it reads are its inputs */
	pid_t pid;	       /* of the session; 0: of the sender */
	char *mark;	       /* its name: of a step below .checkpoints */
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
/* Is @name one that a run or a session may have: 1 to 255 bytes? */
int step_check_title(const char *name); /* -EINVAL */

const char *session_kind_name(enum session_kind kind);
/* -EINVAL */
int session_kind_parse(const char *name, size_t n, enum session_kind *ret);

/* "BEGAN ENDED STATUS", in less than STEP_SPAN_TEXT bytes, and back. */
#define STEP_SPAN_TEXT 96
void step_span_text(const struct step_span *r, char buf[STEP_SPAN_TEXT]);
int step_span_parse(const char *text, size_t n, struct step_span *ret);

/* XXH3-128 of the arguments in @argv, each with its NUL. */
struct digest step_argv(char *const *argv);

#endif
