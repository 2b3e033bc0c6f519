/* SPDX-License-Identifier: MIT */
/*
 * quarantine: where partial content is kept, with the reason (F11).
 *
 * Each entry is two files below .idemfs/partial: `ID` with the bytes and
 * `ID.txt` with the record, lines of "key value":
 *
 *	idemfs-partial 1
 *	path sub/dir/name          from the mount's root, escaped as text_escape()
 *	time 1763890000.123456789  when it was put here (UTC seconds)
 *	began 1763889990.000000000 when the version was opened
 *	pid 4711
 *	command sort -o big big    escaped
 *	why killed by signal 9 (SIGKILL)  escaped
 *	size 1048576
 *
 * In the journal (journal.h) a record has one more line, of origin.h, before
 * the line of the size.
 *
 * ID is decimal and grows.  `last` holds the highest that was ever dropped, so
 * that no number comes twice.  The record is written before the bytes are moved
 * in, so that no content is ever without one.  A record without bytes is left
 * by a crash.  It is never listed, and is dropped at the first put of the next
 * mount.  On a full disk a record takes the place of a spare file (spare.h).
 * When all of these are used, it may be short or missing: the bytes are worth
 * more.
 *
 * What comes from another filesystem is copied here by a hidden name first, which
 * a mount removes when a crash has left it.
 *
 * All functions take a descriptor of the partial directory, and work the same
 * with and without a mount.
 */
#ifndef IDEMFS_CORE_QUARANTINE_QUARANTINE_H
#define IDEMFS_CORE_QUARANTINE_QUARANTINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

#include "base/err.h"
#include "core/quarantine/origin.h"

struct partial {
	uint64_t id;
	char *path;    /* from the mount's root; "" when unknown */
	char *command; /* of the opener; "" when unknown */
	char *why;
	pid_t pid;
	struct timespec time;
	struct timespec began;
	int64_t size;	      /* bytes */
	struct origin origin; /* of a temp in the journal, if it is known */
};

struct partial_list {
	struct partial *items; /* oldest first */
	size_t count;
};

void partial_release(struct partial *p);
void partial_list_release(struct partial_list *l);

/*
 * Moves file @name of @fromdir in, by rename, or by copying from another
 * filesystem.  @p's id is ignored, its other fields are copied.  *ret_id gets
 * the number.  Thread-safe.  Only the process with the lock of the state
 * directory may call it.  On failure the file is where it was.
 */
int quarantine_put(int partialdir, int fromdir, const char *name,
		   const struct partial *p, uint64_t *ret_id);

/*
 * The same in two steps, for a caller that may not copy at that moment.  The
 * first renames only: -EXDEV from another filesystem.  The second makes a
 * durable copy of file @from, by a hidden name in @partialdir (*ret_name,
 * malloc'ed); from there it can be renamed, and recovery removes it otherwise.
 */
int quarantine_rename(int partialdir, int fromdir, const char *name,
		      const struct partial *p, uint64_t *ret_id);
int quarantine_copy(int partialdir, int from, char **ret_name);

/* Entries whose record cannot be read appear with an empty path. */
int quarantine_list(int partialdir, struct partial_list *ret);

/* The number of entries, cheaply; -errno on failure. */
int64_t quarantine_count(int partialdir);

/* Opens the bytes of @id for reading; -ENOENT. */
int quarantine_open(int partialdir, uint64_t id);

/* Forgets @id, bytes first. */
int quarantine_drop(int partialdir, uint64_t id);

/*
 * Codec of the record: pure.  The text is malloc'ed; NULL strings are written
 * as "".  Decoding fails with -EPROTO for a newer version, and with -EBADMSG
 * for an incomplete record, or one whose path leads out of the mount.  It
 * ignores keys that it does not know, and leaves id 0.
 */
char *partial_encode(const struct partial *p);
int partial_decode(const char *text, size_t size, struct partial *ret);

#endif
