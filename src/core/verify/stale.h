/* SPDX-License-Identifier: MIT */
/*
 * standing: which marks are stale, since something that they vouch for was
 * deleted or changed behind the mount's back.
 *
 *	standing_new()        with the version table
 *	standing_start()      once threads may be made
 *	standing_ask()        waits for a judgement that is new enough
 *	standing_is_stale()   what the last one has said of a mark
 *	standing_tidy()       marks were forgotten: see retired.h
 *	standing_stop(), standing_free()
 *
 * A judgement looks at all marks at once, as `idemfs verify` does (size, time,
 * inode number), on a thread of its own: it takes as long as reading all
 * manifests and a stat(2) for each path in them.  It is good for the time that
 * an answer may be trusted (--cache), and for ten times as long as it took, so
 * that at most a tenth of a processor goes into it, and only while somebody
 * asks.  Nobody waits for one longer than STANDING_WAIT_MS; then the one before
 * counts.
 *
 * What was changed through the mount is recorded, and no mark is held against
 * it.  What cannot be looked at counts as there.  A mark that is made while a
 * judgement goes on is another file than the one that was judged.
 *
 * With --stale hide a mark that was found stale bears the sticky bit, for a
 * script acts on its absence: from then on it is stale until it is made anew,
 * or all that it told of is back as it was, also when a part of that has been
 * made again by a step that was then interrupted.
 *
 * s->lock is the last of all, and is held over nothing.
 */
#ifndef IDEMFS_CORE_VERIFY_STALE_H
#define IDEMFS_CORE_VERIFY_STALE_H

#include "core/version/version.h"

#define STANDING_WAIT_MS 15000

struct standing;

/* @root: the backing directory; it and @t stay the caller's. */
int standing_new(struct versions *t, int root, struct standing **ret);
void standing_free(struct standing *s); /* NULL is fine */
int standing_start(struct standing *s);
void standing_stop(struct standing *s); /* whoever waits goes on */

/*
 * Tells the hooks that it waits, for @wait_ms at most; 0: just says that
 * somebody will want to know.  No lock may be held.
 */
void standing_ask(struct standing *s, int64_t wait_ms);

/* Does the last judgement name any mark? */
bool standing_any(struct standing *s);
/* Is the mark @path, a file @ino, stale?  Why goes to @why, which may be NULL. */
#define STANDING_WHY 256
bool standing_is_stale(struct standing *s, const char *path, ino_t ino,
		       char why[STANDING_WHY]);

void standing_tidy(struct standing *s);

#endif
