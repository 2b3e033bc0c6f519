/* SPDX-License-Identifier: MIT */
/*
 * trusted: names that the kernel was told of, and may not ask for again yet.
 *
 * When a session begins to learn, these are made to be asked for (L5): absent
 * names, symbolic links, and the names of files that have several, since an
 * OPEN does not tell which one it came by.  Of all others the OPEN or READDIR
 * tells.
 *
 *	trusted_begin()    by a request that may tell of a name: before it looks
 *	                   whether a session learns
 *	trusted_note()     before its reply, if the name may be trusted
 *	trusted_end()      after its reply
 *
 * A rename moves what the kernel trusts to another name, which is noted before
 * that happens.
 *
 *	trusted_drop()     once a session learns: none is trusted any more
 *
 * The last names that were told are kept, those of a thread together.  When one
 * is displaced before its time, or is a long one, trusted_drop() waits for that.
 */
#ifndef IDEMFS_MOUNT_ENTRY_TRUSTED_H
#define IDEMFS_MOUNT_ENTRY_TRUSTED_H

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct channel;
struct trusted;

/* @cache_ms: for so long a name may be trusted. */
int trusted_new(int64_t cache_ms, struct trusted **ret);
void trusted_free(struct trusted *t); /* NULL is fine */

struct trusted_turn {
	struct trusted *t;
	unsigned int stripe, turn;
};
/* @t: NULL if it tells of no name that matters; then the others do nothing. */
struct trusted_turn trusted_begin(struct trusted *t, pid_t tid);
void trusted_note(const struct trusted_turn *at, uint64_t parent,
		  const char *name);
void trusted_end(struct trusted_turn *at);
#define auto_trusted __attribute__((cleanup(trusted_end))) struct trusted_turn

/* No lock may be held, and other workers must be able to go on. */
void trusted_drop(struct trusted *t, struct channel *c);

#endif
