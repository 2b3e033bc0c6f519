/* SPDX-License-Identifier: MIT */
/*
 * journal: a record of each temp, for the mount that finds it after a crash.
 *
 * `.idemfs/tmp/journal` is an array of slots of JOURNAL_SLOT bytes.  A temp
 * takes a slot when it is made and gives it back when it is gone; its name is
 * "SLOT-ID", and the slot holds one line and the record of quarantine.h:
 *
 *	SUM ID SIZE\n               SIZE bytes of record follow
 *	SUM ID SIZE ORDER BYTES DIGEST\n  the same, with a note
 *	SUM ID SIZE ORDER BYTES DIGEST FROM INO SEC NSEC\n  of a tail
 *
 * SUM is XXH3-64 of all that follows it, as 16 digits: a slot that a power cut
 * has torn holds nothing.  A slot is one pwrite(2), without an fsync: it
 * survives the daemon, and a temp without its record is quarantined with an
 * unknown path.
 *
 * A note is a promise: the version was closed, and these were its bytes.  If it
 * survives a crash and the temp has the very same bytes, recovery promotes it.
 * Promises are made only at level close (flush.h), and flushed.  The rename
 * that makes one void is not flushed.  So a slot that is given back is not
 * taken again before the next flush: journal_keep(), then journal_flush_begin()
 * and _end() around each flush.
 *
 * The note of a tail (append.h) says, from its beginning, of which file the
 * temp is a tail.  With BYTES it says that these are going into that file.
 * Tails are made at other levels only.
 *
 * Thread-safe.
 */
#ifndef IDEMFS_CORE_TEMP_JOURNAL_H
#define IDEMFS_CORE_TEMP_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/quarantine/quarantine.h"
#include "core/record/record.h"

#define JOURNAL_NAME "journal"
#define JOURNAL_SLOT 8192
#define JOURNAL_NAME_MAX 48 /* bytes of a temp's name with its NUL */

struct journal;

struct journal_note {
	uint64_t order; /* grows with each close */
	int64_t bytes;
	struct digest digest; /* of a tail: of its bytes from @from on */

	/* of a tail: */
	int64_t from; /* what is before that is in another file; 0: no tail */
	uint64_t ino; /*   which is this one, */
	struct timespec mtime; /* and was last written then */
};

/*
 * Opens the journal below @tmpdir, or makes one.  Records that recovery has
 * left there, since it could not put their temps away, stay for the next one.
 */
int journal_new(int tmpdir, struct journal **ret);
/* Removes the file, too, when no slot is taken and nothing was left. */
void journal_free(struct journal *j);

/*
 * Takes a slot for version @id; @ret_name is the name of its temp.  @j NULL, on
 * a read-only filesystem: -EROFS.
 */
int journal_take(struct journal *j, uint64_t id, const struct partial *record,
		 char ret_name[JOURNAL_NAME_MAX]);
void journal_give(struct journal *j, const char *name);

/*
 * Writes the slot of temp @name anew, with @note or (NULL) without one.  A
 * note is not written without its record: -ENAMETOOLONG.
 */
int journal_write(struct journal *j, const char *name,
		  const struct partial *record,
		  const struct journal_note *note);

/*
 * Voids, durably, the promises in a journal that is not in use, since newer
 * versions are about to come.  Records stay, and so do notes of tails, which
 * are believed only as far as they fit the file.
 */
int journal_void(int tmpdir);

/* Slots that are given back wait for a flush from now on. */
void journal_keep(struct journal *j);
/* The argument for journal_flush_end(), after a flush that begins now. */
uint64_t journal_flush_begin(struct journal *j);
void journal_flush_end(struct journal *j, uint64_t begun);
/* The descriptor to be flushed; it stays the journal's. */
int journal_fd(const struct journal *j);

/*
 * Calls @each for every record in a journal that is not in use, with the name
 * of the temp that it was written for, and its note or NULL; stops at the first
 * failure.
 */
int journal_each(int tmpdir,
		 int (*each)(void *arg, const char *name,
			     const struct partial *record,
			     const struct journal_note *note),
		 void *arg);

/*
 * Reads the record of temp @name from a journal that is not in use, and
 * (unless NULL) its note, all zero when there is none.
 */
int journal_read(int tmpdir, const char *name, struct partial *ret,
		 struct journal_note *ret_note);

#endif
