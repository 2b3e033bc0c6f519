/* SPDX-License-Identifier: MIT */
/*
 * failures: versions that could not be promoted after close(2) had returned 0.
 * The next mark of the version's session, and of its user, says so, and fails
 * (F9).  Root and the daemon's user are one here.  Else users could make all
 * marks of others fail.
 *
 * Thread-safe.  Its lock is the last in the order of locks.
 */
#ifndef IDEMFS_CORE_FLUSH_FAILURES_H
#define IDEMFS_CORE_FLUSH_FAILURES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/events.h"

#define FAILURES_OF_ALL \
	((uid_t)-1) /* of a flush: for the next mark, of any user */

struct failures;

int failures_new(const struct events *events, struct failures **ret);
void failures_free(struct failures *u); /* NULL is fine */

/*
 * The last one of a user in a session (0: in none) counts.  @path "": what was
 * promoted is not durable.
 */
void failures_note(struct failures *u, uid_t uid, uint64_t session,
		   const char *path, int code);
/* A failure that was not told yet: -EIO and a sentence, once; else 0. */
int failures_take(struct failures *u, uid_t uid, uint64_t session, char *why,
		  size_t size);
/* Session @from has ended: what it has not told is told by marks of @to. */
void failures_pass(struct failures *u, uint64_t from, uint64_t to);
/* failures_take() of any user and session. */
int failures_take_any(struct failures *u, char *why, size_t size);

/* Why the last mark was not made; "": it was.  For status. */
#define UNTOLD_MARK_MAX 512
void failures_set_mark(struct failures *u, const char *why);
void failures_get_mark(struct failures *u, char why[UNTOLD_MARK_MAX]);

#endif
