/* SPDX-License-Identifier: MIT */
/*
 * authors: the sessions whose changes the list of changes has, and what marks
 * have told of each.
 *
 * A session's id is the seq that it began with.  Author 0 stands for no
 * session, and always runs.  The owner of an author is the author itself while it runs, else the
 * owner of its parent.  So what a session has changed, and no mark has told,
 * passes up when it ends.
 *
 * A mark of scope S that tells all up to seq U tells the records up to U of each
 * author whose owner was S at U; if S had ended by then, whose owner it was
 * right before that.  Of each scope the last mark counts, since it tells all
 * that the earlier ones do.
 *
 *	authors_begin(), authors_end()     sessions, in the order of seq
 *	authors_add()                      a record, whose author it finds
 *	authors_marked()                   a mark was made
 *	authors_told(), authors_owned()    what follows from that
 *
 * In the file these are lines (authors_read(), authors_write()):
 *
 *	# session ID PARENT KIND PID START UID TIME NAME
 *	# ended ID STATUS TIME SEQ
 *	# told SEQ TIME ID		a mark of that scope tells all up to SEQ
 *
 * No lock of its own.
 */
#ifndef IDEMFS_CORE_CHANGES_AUTHORS_H
#define IDEMFS_CORE_CHANGES_AUTHORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define AUTHORS_NAME_MAX 255			  /* bytes */
#define AUTHORS_LINE (4 * AUTHORS_NAME_MAX + 256) /* room for a line */
#define AUTHORS_UNKNOWN (-1)			  /* the status it ended with */

/* What `# session` says. */
struct changes_session {
	uint64_t parent;  /* the session that it was begun in; 0: none */
	const char *kind; /* "step", "run" or "session" */
	pid_t pid;
	uint64_t start; /* of the process */
	uid_t uid;
	struct timespec time; /* when it began */
	const char *name;
};

/* Where a record, or the line of a session, is in the file. */
struct authors_place {
	off_t at;     /* -1: nowhere */
	uint64_t by;  /* the author of the lines before it */
	uint64_t seq; /* all that has a later one comes after it */
};

struct author {
	uint64_t id, parent;
	uint64_t ended;	 /* the seq of its end; 0: it runs */
	uint64_t marked; /* as a scope: its last mark tells all up to that */
	struct timespec began;
	struct timespec marked_at; /* 0: it has no mark */
	bool whole; /* it needs all records of all authors since it began */
	int status;
	struct timespec ended_at;
	uint64_t last;		    /* the seq of its last record */
	struct authors_place begin; /* of its line */
	struct authors_place first; /* of what no mark has told */
	off_t last_at;		    /* where its last record is */
	bool kept;		    /* by authors_drop() */
	char *line; /* `# session`, with its newline; NULL: author 0 */
};

struct authors {
	struct author *items; /* by id; the first is author 0 */
	size_t count, room;
};

/* What of an author marks have told: all up to @after. */
struct author_told {
	uint64_t id, after;
	uint64_t last; /* the seq of its last record */
};

/* That of @id in @told, which is by id; or NULL. */
const struct author_told *author_told_find(const struct author_told *told,
					   size_t count, uint64_t id);

int authors_init(struct authors *a); /* -ENOMEM */
void authors_release(struct authors *a);
int authors_copy(const struct authors *from, struct authors *ret); /* -ENOMEM */

struct author *authors_find(const struct authors *a, uint64_t id); /* or NULL */
/* Also of an id that is not known: 0. */
uint64_t authors_owner(const struct authors *a, uint64_t id);
/* Likewise as it was when @seq was the last one. */
uint64_t authors_owner_at(const struct authors *a, uint64_t id, uint64_t seq);

/* @id is greater than any before.  -ENOMEM, -EINVAL: the name is too long. */
int authors_begin(struct authors *a, uint64_t id,
		  const struct changes_session *s);
void authors_end(struct authors *a, uint64_t id, uint64_t seq, int status,
		 const struct timespec *at);
/* A mark of that scope tells all up to @upto. */
void authors_marked(struct authors *a, uint64_t scope, uint64_t upto,
		    const struct timespec *at);

/* Would a mark of @scope that tells all up to @upto tell records of @id? */
bool authors_owned(const struct authors *a, uint64_t id, uint64_t scope,
		   uint64_t upto);
/* Its records up to the seq that this returns were told. */
uint64_t authors_told(const struct authors *a, const struct author *author);

/*
 * Takes @text, a line without its "# ", if it is one of these; -ENOMEM.  What is
 * wrong in any way is passed over.
 */
int authors_read(struct authors *a, const char *text);
/* The lines of the file for @author, as far as there are any: their length. */
size_t authors_write(const struct author *author, char out[2 * AUTHORS_LINE]);
size_t authors_write_ended(const struct author *author, char *out);
size_t authors_write_told(const struct author *author, char *out);

/* Drops those that have ended, and have no record from offset @from on. */
void authors_drop(struct authors *a, off_t from);

#endif
