/* SPDX-License-Identifier: MIT */
/*
 * sqlite: how an SQLite database and what stands beside it are written.
 *
 * Beside a database X there is X-journal while a transaction is on, with what it
 * changes as it was before; or, in WAL mode, X-wal with what has been committed,
 * and X-shm, which all its users map.  Whoever opens X goes by them: one of
 * another state than X makes it corrupt.  So however a program ends, all of them
 * are in place, or all are versions:
 *
 *  - X is updated in place when it is in WAL mode, which several processes use
 *    at once, or has a journal that a transaction has left;
 *  - what is made beside X is in place when X is there and nobody has a version
 *    of it: who makes it has X open, which then is in place, too;
 *  - else they are versions.  Killed, X is as it was when it was opened, or as
 *    after its last commit; a journal or WAL is discarded (promote.c).
 */
#ifndef IDEMFS_CORE_VERSION_SQLITE_H
#define IDEMFS_CORE_VERSION_SQLITE_H

#include "core/version/version.h"

/* Is it the name of a journal or a WAL? */
bool sqlite_is_journal(const char *name);
/* The name of the database that @name stands beside, malloc'ed; or NULL. */
char *sqlite_database_of(const char *name);

/* Is the committed file at @name a database that is to be updated in place? */
bool sqlite_is_live(struct dir *dir, const char *name);
/* Is the one at @name a database that is in place: not pending? */
bool sqlite_is_in_place(struct versions *t, struct dir *dir, const char *name);

#endif
