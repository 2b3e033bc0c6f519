/* SPDX-License-Identifier: MIT */
/*
 * marks: the part of the model that knows of sessions and marks.
 *
 * A change belongs to the session of the agent that makes it, and what a version
 * brings to that of the agent that opened it first.  What an ended session has
 * left is its parent's.  A mark tells what its scope owns, each path as that
 * left it.  Checked are the scope in the head of the manifest, and of each path
 * the last record: a file, something else by its kind, or gone.
 *
 * Not checked: digests, sizes, times, and the order of records; overlaps; what
 * is at and below a path to which a directory was renamed, or from which, until
 * something is made there again; a path below one that was removed or replaced;
 * the names of a file of several names whose time is set.  Left out are marks
 * while a version without a name is open in their scope, or one that an agent
 * of the scope has joined.
 */
#ifndef MODEL_MARKS_H
#define MODEL_MARKS_H

#include <stdbool.h>

#include "agent.h"

#define SESSIONS_MAX 512
#define MARKS_MAX 64
#define TOUCHED_MAX 64
#define FAILURES_MAX 64
#define CHANGE_PATH 48
#define ASIDE "swap" /* no agent sees this name */

struct agent;
struct file;
struct model;

struct session {
	unsigned int parent; /* 0: none */
	bool ended;
	char name[12];
};

enum change_kind {
	CHANGE_FILE,
	CHANGE_GONE,
	CHANGE_DIR,
	CHANGE_LINK,
	CHANGE_ANY,   /* whether, and what, is not known */
	CHANGE_MOVED, /* a directory was renamed to or from here */
};

struct change {
	unsigned int seq, author;
	enum change_kind kind;
	bool told;
	char path[CHANGE_PATH];
};

struct changes {
	struct change *item;
	unsigned int count, room;
};

struct mark {
	char name[PATH_SIZE]; /* "": none, and none behind it */
	struct changes told;
};

/* A name of which the step has changed what is committed there. */
struct touched {
	struct file *dir;
	char name[8];
	bool dir_too; /* it is or was one of a directory */
};

unsigned int session_of(const struct agent *a);
unsigned int session_owner(const struct model *m, unsigned int session);
void session_agent_ends(struct model *m, struct agent *a);
/* A version of @session could not be promoted. */
void session_failed(struct model *m, unsigned int session);
/* Steps of sessions and marks; false when left out. */
bool session_do(struct model *m, struct agent *a, const struct op *op,
		char *answer);
void marks_free(struct model *m);

/* The committed name has come, gone, or been replaced. */
void changes_touch(struct model *m, struct file *dir, const char *name,
		   bool is_dir);
/* What was touched has been so by @by, once each. */
void changes_settle(struct model *m, unsigned int by);
/* The time of committed file @f was set; @sure: at its name. */
void changes_time(struct model *m, const struct file *f, bool sure);

/* If not, both are cut down to where they differ first. */
bool marks_agree(char expected[ANSWER_SIZE], char answer[ANSWER_SIZE]);

#endif
