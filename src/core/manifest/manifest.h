/* SPDX-License-Identifier: MIT */
/*
 * manifest: the text of a mark, written to a file and read from it, one record
 * at a time (include/idemfs/format.h).
 *
 *	manifest_create()   at the start of an empty file
 *	manifest_put()      once a record, in the order of their seq
 *	manifest_finish()   the closing digest, and the size in front
 *
 *	manifest_open()     reads the head: -EBADMSG, -EPROTO (a newer format)
 *	manifest_next()     1 and a record; 0 when the digest has been seen and
 *	                    is right; -EBADMSG
 *
 * The records of manifest_next() may be believed only once it has returned 0.
 * So may the overlaps, which it passes over unless manifest_on_overlap() asks.
 * Neither call allocates memory for a record.  The strings of a record are good
 * until the next call.  All that is read is bounded.
 */
#ifndef IDEMFS_CORE_MANIFEST_MANIFEST_H
#define IDEMFS_CORE_MANIFEST_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "core/manifest/step.h"
#include "core/record/record.h"
#include "idemfs/format.h"

struct manifest_head {
	char *name; /* as it was made */
	char *host;
	char *command;
	uid_t user;
	pid_t pid;
	struct timespec time;
	struct timespec since; /* a duration; tv_sec -1: no mark before */
	char *session; /* it tells of that session's changes; NULL: by time */
	uint64_t order;
	bool has_argv; /* made by `idemfs step` */
	struct digest argv;
	bool has_ran; /* likewise, unless it is an old one */
	struct step_span ran;
	bool learn; /* likewise: what its command has read is told */
};

/* Frees the strings. */
void manifest_head_release(struct manifest_head *h);

/* Writing */

struct manifest_writer;

int manifest_create(int fd, const struct manifest_head *head,
		    struct manifest_writer **ret);
int manifest_put(struct manifest_writer *w, const struct record *r);
/* After all records: a file that was open; and how many more there were. */
int manifest_put_open(struct manifest_writer *w, const char *path);
int manifest_put_more(struct manifest_writer *w, unsigned int count);
/*
 * Likewise: another session has written @path at the same time.  A line would
 * be too long: -ENAMETOOLONG, and nothing is written.  And how many more.
 */
int manifest_put_overlap(struct manifest_writer *w, const char *session,
			 const char *path);
int manifest_put_overlaps(struct manifest_writer *w, unsigned int count);
/* Frees @w in any case. */
int manifest_finish(struct manifest_writer *w, off_t *ret_size);
void manifest_abandon(struct manifest_writer *w); /* NULL is fine */

/* Reading */

struct manifest_reader;

/* @fd: the caller's, read from its start by pread(2); must stay open. */
int manifest_open(int fd, struct manifest_reader **ret);
/* Likewise from memory, which must stay. */
int manifest_open_text(const char *text, size_t size,
		       struct manifest_reader **ret);
const struct manifest_head *manifest_head(const struct manifest_reader *r);
/* The manifest's length; the note begins there. */
off_t manifest_size(const struct manifest_reader *r);
int manifest_next(struct manifest_reader *r, struct record *ret);
/*
 * manifest_next() will call @each for each overlap, strings being good during
 * the call; and, with NULL twice, for those that are only counted, @more.  An
 * -errno that it returns is what manifest_next() returns.
 */
typedef int (*manifest_overlap_fn)(void *arg, const char *session,
				   const char *path, unsigned int more);
void manifest_on_overlap(struct manifest_reader *r, manifest_overlap_fn each,
			 void *arg);
void manifest_close(struct manifest_reader *r); /* NULL is fine */

/* Does the mark that @fd is open on tell of anything?  1, 0, or -EBADMSG. */
int manifest_has_records(int fd);

/* The length of the manifest, from the first IDEMFS_MARK_HEAD bytes. */
int manifest_parse_size(const char *head, size_t size, off_t *ret_size);

#endif
