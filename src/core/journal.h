/* SPDX-License-Identifier: MIT */
/*
 * journal: whose a temp is, for the mount that finds it after a crash.
 *
 * `.idemfs/tmp/journal` is an array of slots of JOURNAL_SLOT bytes.  A temp
 * takes a slot when it is made and gives it back when it is gone; its name is
 * "SLOT-ID", and the slot holds the record of quarantine.h with that id in
 * front: "ID SIZE\n" and SIZE bytes.  One pwrite(2) a version, no fsync: the
 * record survives the daemon, and after a power cut a temp without its record
 * is quarantined with an unknown path.
 *
 * Thread-safe.
 */
#ifndef IDEMFS_CORE_JOURNAL_H
#define IDEMFS_CORE_JOURNAL_H

#include <stdint.h>

#include "core/quarantine.h"

#define JOURNAL_NAME "journal"
#define JOURNAL_SLOT 8192
#define JOURNAL_NAME_MAX 48 /* bytes of a temp's name with its NUL */

struct journal;

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
 * Calls @each for every record in a journal that is not in use, with the name
 * of the temp that it was written for; stops at the first failure.
 */
int journal_each(int tmpdir,
		 int (*each)(void *arg, const char *name,
			     const struct partial *record),
		 void *arg);

/* Reads the record of temp @name from a journal that is not in use. */
int journal_read(int tmpdir, const char *name, struct partial *ret);

#endif
