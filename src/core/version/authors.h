/* SPDX-License-Identifier: MIT */
/*
 * authors: the sessions that versions belong to (rooms.h, session_hooks), and
 * which of them have to do with one file at the same time.
 *
 * A version belongs to the session of its first opener (v->session); others that
 * have opened it are in v->joined.
 */
#ifndef IDEMFS_CORE_VERSION_AUTHORS_H
#define IDEMFS_CORE_VERSION_AUTHORS_H

#include "core/version/version.h"

/*
 * Session @id, as it is put into the table; another one if it has ended since
 * the request came.
 */
uint64_t authors_owner_locked(struct versions *t, uint64_t id);
/* @v is opened by @session: tells of others that write at its names. */
void authors_compare_locked(const struct version *v, uint64_t session);
/* The one that @v belongs to now. */
uint64_t version_session(struct version *v);

/* @session opens @name to read: tells of others that write there. */
void versions_note_reading(struct versions *t, struct dir *dir,
			   const char *name, uint64_t session);

#endif
