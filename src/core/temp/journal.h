/* SPDX-License-Identifier: MIT */
/*
 * journal: whose a temp is, for the mount that finds it after a crash.
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
 * A note says that the version was closed, and what its bytes were then: if it
 * survives a crash and the temp has the very same bytes, recovery puts it in
 * place instead.  Notes are written at level close alone (flush.h), which
 * flushes them; since the rename that makes a note void is not flushed, a slot
 * that is given back there is not taken again before the next flush:
 * journal_keep(), then journal_flush_begin() and _end() around each.
 *
 * The note of a tail (append.h) says what the temp is a tail of, from the first;
 * one with BYTES, that these are going into that file.  They are of other levels.
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
 * Takes a slot for version @id; @ret_name is the name of its temp.  @j NULL, of
 * what is read-only: -EROFS.
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
 * Takes back, durably, what notes in a journal that is not in use say of having
 * been closed: something newer is about to come.  Records stay, and so do notes
 * of tails, which are believed only as far as they fit the file.
 */
int journal_void(int tmpdir);

/* Slots that are given back wait for a flush from now on. */
void journal_keep(struct journal *j);
/* What to say to journal_flush_end(), once a flush that begins now went well. */
uint64_t journal_flush_begin(struct journal *j);
void journal_flush_end(struct journal *j, uint64_t begun);
/* What is to be flushed; the journal's own. */
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
