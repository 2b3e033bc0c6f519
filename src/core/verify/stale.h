/* SPDX-License-Identifier: MIT */
/*
 * standing: which marks are stale, because something that they vouch for was
 * deleted or changed behind the mount.
 *
 *	standing_new()        with the version table
 *	standing_start()      once threads may be made
 *	standing_ask()        waits for a judgement that is new enough
 *	standing_is_stale()   what the last one has said of a mark
 *	standing_tidy()       marks were forgotten: see retired.h
 *	standing_stop(), standing_free()
 *
 * A judgement looks at all marks at once, as `idemfs verify` does (size, time,
 * inode number), on a thread of its own.  It takes as long as reading all
 * manifests and a stat(2) for each path in them.  It is good for the time that
 * an answer may be trusted (--cache), and at least for ten times as long as it
 * took.  So at most a tenth of a processor goes into it, and only while
 * requests ask.  No request waits longer than STANDING_WAIT_MS; then the
 * previous judgement counts.
 *
 * Changes through the mount are recorded, and make no mark stale.  A path that
 * cannot be looked at counts as there.  A mark that is made during a judgement
 * is another file than the one that was judged.
 *
 * With --stale hide a mark that was found stale gets the sticky bit, since a
 * script acts on its absence.  From then on it is stale until it is made anew,
 * or until all that it told of is back as it was.  So it stays stale when a
 * step that was interrupted has made only a part of that again.
 *
 * s->lock is the last in the order of locks, and no call is made under it.
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
void standing_stop(struct standing *s); /* requests that wait go on */

/*
 * Waits for @wait_ms at most, and tells the hooks that it waits.  0: only
 * begins a judgement, for a request that will ask soon.  No lock may be held.
 */
void standing_ask(struct standing *s, int64_t wait_ms);

/* Does the last judgement name any mark? */
bool standing_any(struct standing *s);
/* Is the mark @path, a file @ino, stale?  @why (or NULL) gets the reason. */
#define STANDING_WHY 256
bool standing_is_stale(struct standing *s, const char *path, ino_t ino,
		       char why[STANDING_WHY]);

void standing_tidy(struct standing *s);

#endif
