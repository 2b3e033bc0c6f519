/* SPDX-License-Identifier: MIT */
/*
 * sqlite: how an SQLite database and the files beside it are written.
 *
 * During a transaction, X-journal beside a database X has the old content of
 * the pages that change.  In WAL mode there are X-wal, with what has been
 * committed, and X-shm, which all processes map.  A process that opens X relies
 * on them: one of another state than X makes the database corrupt.  So however
 * a program ends, all of them are in place, or all are versions:
 *
 *  - X is updated in place when it is in WAL mode, which several processes use
 *    at once, or has a journal that a transaction has left;
 *  - a file made beside X is in place when X is there and no version of X is
 *    pending: the process that makes it has X open, which then is in place,
 *    too;
 *  - else they are versions.  If the writer is killed, X is as it was when it was
 *    opened, or as after its last commit; a journal or WAL is discarded
 *    (promote.c).
 */
#ifndef IDEMFS_CORE_VERSION_SQLITE_H
#define IDEMFS_CORE_VERSION_SQLITE_H

#include "core/version/version.h"

/* Is it the name of a journal or a WAL? */
bool sqlite_is_journal(const char *name);
/* The name of the database that @name belongs to, malloc'ed; or NULL. */
char *sqlite_database_of(const char *name);

/* Is the committed file at @name a database that is to be updated in place? */
bool sqlite_is_live(struct dir *dir, const char *name);
/* Is the file at @name a database in place, with no version pending? */
bool sqlite_is_in_place(struct versions *t, struct dir *dir, const char *name);

#endif
