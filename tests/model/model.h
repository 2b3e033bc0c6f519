/* SPDX-License-Identifier: MIT */
/*
 * model: what the contract says that a mount looks like to each process.
 *
 * It knows nothing of how idemfs does it.  There are committed names, and
 * versions that are pending at names; a process sees the newest version that
 * it has opened for writing itself, else what is committed (F3).  Steps by which
 * one would see what an agent above it writes are left out.  marks.h has what
 * sessions and marks are.
 *
 *	model_new()      an empty directory, and agents that hold nothing
 *	model_do()       does a step: the line that an agent must answer, in
 *	                 which a word "*" stands for any word; false when the
 *	                 step cannot be done now, and is to be left out.  Some
 *	                 are fitted to what is there: @op is what to ask
 *	model_opened()   the number of the descriptor that came of it
 *
 * Nothing here fails for lack of memory: it ends the program.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "agent.h"
#include "marks.h"
#include "op.h"

#define NAME_SIZE 8
#define SESSIONS_JOINED 32
#define NOW 1000000u /* a time that no agent has set */

enum file_kind { FILE_REG, FILE_DIR, FILE_LINK };

/* An inode: a content with its attributes. */
struct file {
	unsigned int refs;
	enum file_kind kind;
	unsigned int mode, nlink;
	unsigned int mtime; /* as set, or NOW */
	bool any_time;	    /* written by mapping: when, the kernel decides */
	bool any_attr;	    /* set by another name of what it replaces */
	bool any_links; /* lost a name in a way that the kernel was not told */
	unsigned int xattr; /* 0: none */
	unsigned int size;
	char *data;		/* FILE_MAX of a regular file */
	char target[PATH_SIZE]; /* of a symlink */
	struct file *parent;	/* of a directory; NULL when it is gone */
};

/* A version that is pending, or was while an agent had it open. */
struct version {
	unsigned int refs;
	unsigned int id;
	struct file *file; /* NULL: an update that has not written yet */
	struct file *base; /* what an update began from */
	unsigned int writers, names;
	bool clean;		   /* a writer has closed cleanly */
	bool synced;		   /* and not written since, when */
	unsigned int synced_mtime; /* it had this mtime */
	bool settled;		   /* it is over */
	bool may_be_copied;
	struct file *copy; /* what is promoted then */
	bool anonymous;	   /* O_TMPFILE, not linked yet */
	bool was_linked;
	unsigned int session; /* of the agent that opened it first */
	unsigned int joined[SESSIONS_JOINED], joined_count;
};

/* An open file description. */
struct open_file {
	unsigned int refs;
	unsigned int flags;
	unsigned int at;  /* offset */
	unsigned int who; /* the life of the agent that opened it */
	bool opener_bad, last_bad;
	bool opener_failed; /* ended with another status than 0 */
	bool tainted;	    /* another holder was killed */
	bool writing;
	struct version *version; /* or */
	struct file *file;
};

/* A committed name, or one of a version. */
struct name {
	struct file *dir;
	char name[NAME_SIZE];
	struct file *file;	 /* one of */
	struct version *version; /*   both */
};

#define NAMES_MAX 256

struct agent {
	unsigned int life;    /* another one for each process */
	struct agent *parent; /* NULL: the caller of all */
	bool reaper;	      /* takes in what is left of those below it */
	unsigned int session; /* that it has begun, and not ended */
	bool watched; /* it has closed what is tainted: when it ends with an
		       * error, time decides */
	struct {
		struct open_file *of;
		int fd;
	} slot[SLOTS];
	struct open_file *map[MAPS];
};

struct model {
	bool discard_failed, discard_never;
	bool passes; /* mappings may outlive the open file (passthrough) */
	unsigned int lives, versions;
	unsigned int *above;	  /* by life: the one that it was spawned by */
	unsigned int quarantined; /* how many versions must be there */
	struct file *root;
	struct name names[NAMES_MAX];
	unsigned int count;
	struct agent agent[AGENTS];
	unsigned int by; /* whose step it is: a session, or 0 */
	bool unsure; /* an agent has met what one above it writes (look()) */
	bool over;
	bool blurred; /* a time was set that a mark may not tell */
	struct session session[SESSIONS_MAX]; /* the first is none */
	unsigned int sessions;
	unsigned int seq;
	struct changes changes;
	struct touched touched[TOUCHED_MAX]; /* by this step */
	unsigned int touched_count;
	struct mark mark[MARKS_MAX];
	unsigned int failed[FAILURES_MAX], failures; /* by session */
	int *opened_fd; /* where the last step's descriptor goes */
};

struct model *model_new(void);
void model_free(struct model *m);

bool model_do(struct model *m, struct op *op, char answer[ANSWER_SIZE]);
void model_opened(struct model *m, int fd);

/* --- tree.c: names ----------------------------------------------------------- */

struct where {
	struct file *dir;
	const char *name; /* in @text */
	char text[PATH_SIZE * 2];
};

/* What agent @a finds there: a version of its own, or what is committed. */
struct found {
	struct version *version;
	struct file *file;
};

struct file *file_new(enum file_kind kind, unsigned int mode);
struct file *file_get(struct file *f);
void file_put(struct file *f);
struct file *file_copy(const struct file *from, bool bytes);
void file_resize(struct file *f, unsigned int size);

struct name *name_committed(struct model *m, const struct file *dir,
			    const char *name);
/* The n-th version at that name, newest first; @a: of those it writes. */
struct name *name_version(struct model *m, const struct file *dir,
			  const char *name, const struct agent *a,
			  unsigned int n);
bool writes(const struct model *m, const struct agent *a,
	    const struct version *v);
void name_add(struct model *m, struct file *dir, const char *name,
	      struct file *f, struct version *v);
void name_remove(struct model *m, struct name *n);
/* @a takes away the name @n, which is of a version. */
void name_taken(struct model *m, struct name *n, const struct agent *a);
/* The committed name @n is taken away by an agent that saw @seen there. */
void name_replaced(struct model *m, struct name *n, struct found seen);
bool dir_is_empty(const struct model *m, const struct file *dir);
bool dir_is_below(const struct file *dir, const struct file *above);

/* Finds the parent of @path for @a; 0 or an errno. */
int walk(struct model *m, const struct agent *a, const char *path,
	 struct where *ret);
struct found look(struct model *m, const struct agent *a,
		  const struct where *at);
/* Sets m->unsure if one in @dir is written by an agent above @a. */
void look_into(struct model *m, const struct agent *a, const struct file *dir);
/* Follows symlinks at the end of it, too. */
int walk_to(struct model *m, const struct agent *a, const char *path,
	    struct where *ret, struct found *ret_found);
bool found_any(struct found f);
struct file *found_file(struct found f);

/* --- life.c: versions from open to close -------------------------------------- */

struct file *version_file(const struct version *v);
/* The file that is written to: an update makes its copy now. */
struct file *version_writable(struct version *v);
/* fsync(2): its content is good until it is written to. */
void version_sync(struct version *v);
/* Empties it. */
void version_truncate(struct version *v);
struct version *version_new(struct model *m, struct file *base, bool trunc);
void version_put(struct version *v);
/* It is written in that session, too. */
void version_join(const struct model *m, struct version *v);
/* An agent opens it for writing, and closes it cleanly at once. */
void version_touch(struct model *m, struct version *v);

struct open_file *open_file_new(const struct agent *a, unsigned int flags,
				struct version *v, struct file *f);
struct open_file *open_file_get(struct open_file *of);
/* It is one for writing. */
void open_file_writes(struct model *m, struct open_file *of);
/* A close(2) by @a, cleanly or dying so; then its reference goes. */
struct ending {
	bool killed, failed;
	bool bad; /* what it leaves open is discarded */
};
void open_file_flush(struct agent *a, struct open_file *of, struct ending end);
void open_file_put(struct model *m, struct open_file *of);

/* --- opens.c, slots.c, steps.c: what each step answers ------------------------ */

#define LEFT_OUT (-1) /* instead of an errno */

void answer_code(char *answer, int code);
/* Of @v, which is @f at the moment, or of @f alone. */
void answer_stat(char *answer, const struct version *v, const struct file *f);
void answer_bytes(char *answer, const struct file *f, unsigned int at,
		  unsigned int size);

/* Opens: 0, an errno or LEFT_OUT; *ret is a reference. */
int open_path(struct model *m, struct agent *a, const struct op *op,
	      struct open_file **ret);
int open_tmpfile(struct model *m, struct agent *a, const struct op *op,
		 struct open_file **ret);
int open_again(struct model *m, struct agent *a, const struct op *op,
	       struct open_file **ret);

/* Steps on a slot or a mapping; false when left out. */
bool slot_do(struct model *m, struct agent *a, struct op *op, char *answer);
bool map_do(struct model *m, struct agent *a, struct op *op, char *answer);

/* Steps on names; false when left out. */
bool name_do(struct model *m, struct agent *a, const struct op *op,
	     char *answer);
int rename_do(struct model *m, const struct agent *a, const struct op *op);

#endif
