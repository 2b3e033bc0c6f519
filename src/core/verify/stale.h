/* SPDX-License-Identifier: MIT */
/*
 * stale: which marks are stale, because something that they vouch for was
 * deleted or changed behind the mount.
 *
 *	stale_new()        with the version table
 *	stale_start()      once threads may be made
 *	stale_ask()        waits for a judgement that is new enough
 *	stale_has()   what the last one has said of a mark
 *	stale_tidy()       marks were forgotten: see retired.h
 *	stale_stop(), stale_free()
 *
 * A judgement looks at all marks at once, as `idemfs verify` does (size, time,
 * inode number), on a thread of its own.  It takes as long as reading all
 * manifests and a stat(2) for each path in them.  It is good for the time that
 * an answer may be trusted (--cache), and at least for ten times as long as it
 * took.  So at most a tenth of a processor goes into it, and only while
 * requests ask.  No request waits longer than STALE_WAIT_MS; then the
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

#define STALE_WAIT_MS 15000

struct stale;

/* @root: the backing directory; it and @t stay the caller's. */
int stale_new(struct versions *t, int root, struct stale **ret);
void stale_free(struct stale *s); /* NULL is fine */
int stale_start(struct stale *s);
void stale_stop(struct stale *s); /* requests that wait go on */

/*
 * Waits for @wait_ms at most, and tells the hooks that it waits.  0: only
 * begins a judgement, for a request that will ask soon.  No lock may be held.
 */
void stale_ask(struct stale *s, int64_t wait_ms);

/* Does the last judgement name any mark? */
bool stale_any(struct stale *s);
/* Is the mark @path, a file @ino, stale?  @why (or NULL) gets the reason. */
#define STALE_WHY 256
bool stale_has(struct stale *s, const char *path, ino_t ino,
	       char why[STALE_WHY]);

void stale_tidy(struct stale *s);

#endif
