/* SPDX-License-Identifier: MIT */
/*
 * tail: an append to a big file, without a copy of what was there before.
 *
 * An update begins as a copy, made with its first write.  If the copy would be
 * a real one (no reflinks), and that write is after the end of a big file, the
 * temp is made as long as the file, but empty: a hole, and after it the
 * appended bytes.  That is a tail.  A call that needs more fills the hole first
 * (version_fill()), and then it is a version like any other: a write before the
 * end, a reader of the pending version, truncation, fsync, attributes set by
 * descriptor, quarantine.
 *
 * A tail that is promoted goes into the committed file itself, if no process
 * can see it happen:
 *
 *  1  the note of the temp in the journal says: these bytes belong after the
 *     end of that file; temp and note are flushed (not at level none)
 *  2  a write lease (fcntl(2), F_SETLEASE) is taken on the file.  The kernel
 *     gives it only if no other descriptor of the file is open, here or elsewhere,
 *     and no mapping; an open from now on waits
 *  3  the bytes are appended, and the time is set, while no name is held
 *     (going.h)
 *  4  with the name held again, the file gets the node of the version, since
 *     the old node has pages of the old file; then the lease is given back
 *  5  the file is flushed, and the temp removed
 *
 * In any doubt the hole is filled, and the version is promoted by a rename: if
 * the file has changed, has other links, set-id bits or is executable; if other
 * versions of it are pending; if it is open; if the tail is long; if the disk
 * has no room for the copy that may be needed in the end.  At level close there
 * are no tails.
 *
 * After a crash the mount finds the note and the temp, and writes the tail
 * again, or cuts the file back when the temp has lost it: append_replay().  So
 * a file is never left with half a tail.  Until that mount, it may be seen in
 * the backing directory.
 */
#ifndef IDEMFS_CORE_VERSION_APPEND_H
#define IDEMFS_CORE_VERSION_APPEND_H

#include "core/temp/journal.h"
#include "core/version/version.h"

/* To copy less is as cheap.  A build for tests may set less. */
#ifndef TAIL_FILE_MIN
#define TAIL_FILE_MIN ((int64_t)8 << 20)
#endif

/* Fills the hole; under v->io, for version_fill() alone. */
int append_fill_locked(struct version *v);

/*
 * Promotes a tail without a copy.  1: done, all but the end of SEALED.  0: it
 * is to be done by a copy, or @v is no tail.  -errno: a flush has failed.
 */
int append_promote(struct version *v);

/*
 * For recovery: @temp in @tmp is a tail, described by @note, of the file at
 * @name in @dir.  Both functions may be killed and called again.
 *
 * append_replay() puts one in that was going in.  1: it is in, and the temp is
 * removed.  0: it does not belong there, or is not whole; then the file is as
 * it was before.
 */
int append_replay(int dir, const char *name, int tmp, const char *temp,
		  const struct journal_note *note);
/* Fills the hole.  -ESTALE when the file is not what it was. */
int append_complete(int dir, const char *name, int tmp, const char *temp,
		    const struct journal_note *note);

#endif
