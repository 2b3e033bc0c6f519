/* SPDX-License-Identifier: MIT */
/*
 * learn: what the commands of `idemfs step --learn` read (L1, L2).
 *
 *	learn_begin()    a session has begun, in another one or not
 *	learn_file() …   while it runs: what one of its processes has read
 *	learn_collect()  its mark is made: the records that tell of it
 *	learn_end()      it has ended
 *
 * What a session reads, the sessions that it was begun in have read, too.  So
 * those that do not learn, but were begun in one that does, are known here.
 *
 * A path is relative to the root, which is ""; nothing below IDEMFS_CHECKPOINTS
 * is told of.  With each goes the seq that the list of changes had reached
 * (changes_seq()), from which learn_collect() knows what the session has
 * written before and after.  Of several reads of a path the first one counts.
 *
 * What is kept is bounded: in all, and for each user (budget.h).  What finds no
 * room is told of as RECORD_CANNOT of ".", so that the step is done again.
 *
 * All may be called by any thread.  The lock is held over no call of another
 * room but the budget's.
 */
#ifndef IDEMFS_CORE_LEARN_LEARN_H
#define IDEMFS_CORE_LEARN_LEARN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "core/changes/changes.h"
#include "core/record/record.h"

struct hasher;
struct learn;

#define LEARN_ITEMS_MAX 1000000 /* that one session may have read */
#define LEARN_FILES_MAX 100000	/* that are told of one by one */
#define LEARN_ROOM ((size_t)512 << 20)

struct learn_spec {
	size_t items_max, files_max, room; /* 0: as above */
};
int learn_new(const struct learn_spec *spec, struct learn **ret);
void learn_free(struct learn *l); /* NULL is fine */

/* Does any session learn?  One atomic load. */
bool learn_any(const struct learn *l);

/*
 * Session @id has begun in session @parent (0: none).  @learns: what it reads
 * is to be told.  Call it for every session.  If there is no room for it, nothing
 * is told of what it reads, and the sessions that it is in have read more than
 * can be told.
 */
void learn_begin(struct learn *l, uint64_t id, uint64_t parent, bool learns,
		 uid_t uid);
void learn_end(struct learn *l, uint64_t id); /* fine if it is not known */
/* Does @session learn, so that its mark can say so? */
bool learn_is_learning(struct learn *l, uint64_t session);
/* Is @session one of those that learn, or in one? */
bool learn_is_told(struct learn *l, uint64_t session);
/* Is @session @other, or are both in one session that learns? */
bool learn_is_within(struct learn *l, uint64_t session, uint64_t other);

/*
 * What a process of another user has read in the session (a set-id program, say)
 * is not told, unless the session is root's: its user could not have read it, and
 * would learn of names and contents by the mark.  Then the session has read more
 * than can be told.
 */
struct learn_seen {
	uint64_t session;
	uid_t uid; /* of the caller */
	uint64_t seq;
	const char *path;
};

/*
 * A regular file was opened, other than to truncate it, or is executed.  @st:
 * of the version that was opened.  @shared: written in place.
 */
void learn_file(struct learn *l, const struct learn_seen *s,
		const struct stat *st, bool shared);
/* Something was looked for, and not there. */
void learn_absent(struct learn *l, const struct learn_seen *s);
/*
 * It was made, and what might have been there would have been truncated, or
 * another name taken: so the look-up before that was no question.
 */
void learn_created(struct learn *l, const struct learn_seen *s);
/*
 * Directory @st was renamed, s->seq being of before that: so the session has
 * taken all that is in it.
 */
void learn_moved(struct learn *l, const struct learn_seen *s,
		 const struct stat *st);
/* A symbolic link was followed. */
void learn_link(struct learn *l, const struct learn_seen *s,
		const char *target);
/* A directory was listed.  @names: each with its NUL, @size bytes, @count. */
void learn_listed(struct learn *l, const struct learn_seen *s,
		  const char *names, size_t size, uint64_t count);
/* Is that directory known to have been listed? Then its names are not needed. */
bool learn_has_list(struct learn *l, uint64_t session, const char *path);
/* It has read something of which nothing can be told; path "": of all. */
void learn_cannot(struct learn *l, const struct learn_seen *s);

/* Every change since the session has begun, in the order of seq. */
typedef int (*learn_change)(void *arg, const struct record *r);
struct learn_mark {
	uint64_t session;
	uint64_t seq;	       /* of the records */
	int root;	       /* the backing directory */
	struct hasher *hasher; /* or NULL */
	struct pathmap *map;   /* what the mark tells */
	/* Calls @each until it returns anything but 0. */
	int (*changes)(void *arg, learn_change each, void *each_arg);
	void *arg;
	const atomic_bool *interrupted; /* may be NULL */
};

/*
 * Calls @put with each record until it returns anything but 0; in the order of
 * the path.  Nothing for a session that does not learn.  It reads the files of
 * which no digest is known.  -EINTR, -ENOMEM.
 */
int learn_collect(struct learn *l, const struct learn_mark *m,
		  int (*put)(void *arg, const struct record *r), void *arg);

#endif
