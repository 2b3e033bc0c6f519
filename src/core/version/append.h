/* SPDX-License-Identifier: MIT */
/*
 * tail: an append to a big file, without a copy of what was there before.
 *
 * An update begins as a copy, made with its first write.  Where the copy would
 * be a real one (no reflinks), and that write is behind the end of a big file,
 * the temp is made as long as the file, but empty: a hole, and behind it what is
 * appended.  That is a tail.  Who needs more than that fills the hole first
 * (version_fill()), and then it is a version like any other: a write before the
 * end, a reader of the pending version, truncation, fsync, attributes set by
 * descriptor, quarantine.
 *
 * A tail that is promoted goes into the committed file itself, if nobody can
 * see it happen:
 *
 *  1  the note of the temp in the journal says: these bytes belong behind the
 *     end of that file; temp and note are flushed (not at level none)
 *  2  a write lease (fcntl(2), F_SETLEASE) on the file: given only when nobody
 *     else has it open, here or elsewhere, nor mapped; who opens it now waits
 *  3  the bytes are appended, the time is set; the file has the node of the
 *     version now, since the node of the old one has pages of the old one
 *  4  the lease is given back, the file is flushed, the temp removed
 *
 * In any doubt the hole is filled, and the version promoted by a rename: the
 * file is not what it was, or has other links, set-id bits or the right to be
 * executed; others have versions of it under way; it is open; the tail is long;
 * the disk has no room for the copy that may be needed in the end.  At level
 * close there are no tails.
 *
 * After a crash the mount finds the note and the temp, and writes the tail
 * again, or cuts the file back when the temp has lost it: append_replay().  So a
 * file is never left with half a tail.  Until that mount, it may be seen in the
 * backing directory.
 */
#ifndef IDEMFS_CORE_VERSION_APPEND_H
#define IDEMFS_CORE_VERSION_APPEND_H

#include "core/temp/journal.h"
#include "core/version/version.h"

/* Copying less is as cheap; a build for tests may want less. */
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
 * For recovery: @temp in @tmp is a tail that @note tells of, of the file at
 * @name in @dir.  Both may be killed and called again.
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
