/* SPDX-License-Identifier: MIT */
/*
 * testing: what tests may see and set of a version and of the table of them.
 *
 * Only files of tests/ include this, and none of them includes a private
 * header of this room: what is listed here is all that they depend on.  The
 * program has none of it, since nothing there names a function of testing.c.
 *
 * Nothing here takes a lock, except where it says so; the fields that are read
 * are those of a version that no other thread changes just then, or atomic.
 */
#ifndef IDEMFS_CORE_VERSION_TESTING_H
#define IDEMFS_CORE_VERSION_TESTING_H

#include "core/version/version.h"

/* "reserved", "pending", "held", "sealed", "committed" or "discarded". */
const char *testing_state(const struct version *v);
/*
 * How far its promise is (promise.h): "none", "made", "begun", "written" or
 * "changing".
 */
const char *testing_promise(const struct version *v);
bool testing_is_detached(const struct version *v);
bool testing_is_on_disk(const struct version *v);
/* The path of its first name, malloc'ed; "" when it has none. */
char *testing_path(struct version *v);

/* While it is held, a close of @v stands before it takes the digest. */
void testing_hold_digest(struct version *v);
void testing_let_digest(struct version *v);

/*
 * What is under way at @name, newest first; NULL after the last.  It takes the
 * lock of the table, and gives no reference.
 */
struct version *testing_at(struct versions *t, struct dir *dir,
			   const char *name, unsigned int nth);
/* Gives @v another name, with @temp; takes the lock of the table. */
int testing_add_name(struct version *v, struct dir *dir, const char *name,
		     const char *temp);

/* Does this thread hold the lock of the table?  False where none can tell. */
bool testing_has_lock(const struct versions *t);
/* Has the table no name and no version? */
bool testing_is_empty(const struct versions *t);
/* The oldest of all, without a reference. */
struct version *testing_oldest(const struct versions *t);
/* How many threads wait for the whole tree; takes the lock of the table. */
unsigned int testing_alone(struct versions *t);
/* Why the last mark failed, or "". */
const char *testing_mark_trouble(const struct versions *t);

/* An append to a file of so many bytes goes into the file itself. */
void testing_set_tail_min(struct versions *t, int64_t size);

/*
 * A table that no version can be in: it has locks, and calls @wait before and
 * after each wait.  NULL without memory.
 */
struct versions *testing_table_new(void (*wait)(void *arg));
void testing_table_free(struct versions *t);

#endif
