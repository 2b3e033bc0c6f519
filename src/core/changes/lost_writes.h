/* SPDX-License-Identifier: MIT */
/*
 * doubt: contents that may not be on disk, though flushes succeed again.
 *
 * The kernel tells only once that it could not write a page, and then takes the
 * page for clean.  The next syncfs(2) returns 0, and a mark made then would
 * vouch for bytes that are nowhere.  So when a flush fails, all files that no
 * flush had made durable are in doubt: by size, time and inode number, wherever
 * they are renamed to.  A mark that would vouch for one reads it past the page
 * cache, and is made only if it has the digest that was known before.  Then it
 * is in doubt no longer.  A file that is written again is not in doubt.
 *
 *	doubt_failed()     a flush has failed
 *	doubt_check()      for a mark, after a flush that went well
 *
 * A version that was open meanwhile is in doubt only if the kernel says that it
 * has lost some of its bytes (doubt_judge()).  Files that an earlier mount left
 * without a flush are in doubt, too: how they were written back is not known.
 *
 * Thread-safe; its lock is taken while directories are held, and held over no read.
 */
#ifndef IDEMFS_CORE_CHANGES_LOST_WRITES_H
#define IDEMFS_CORE_CHANGES_LOST_WRITES_H

#include "base/events.h"
#include "core/backing/backing.h"
#include "core/changes/changes.h"

struct doubt;

/* Both stay the caller's. */
int doubt_new(struct history *history, struct backing *backing,
	      const struct events *events, struct doubt **ret);
void doubt_free(struct doubt *d); /* NULL is fine */

/* Is there none? */
bool doubt_is_over(struct doubt *d);
void doubt_failed(struct doubt *d);
/* How many flushes have failed so far; cheap.  @d may be NULL. */
unsigned long doubt_failures(const struct doubt *d);

/*
 * Of a file that is being written, kept by its owner.  failures is set when it
 * is begun.
 */
struct doubt_file {
	unsigned long failures; /* doubt_failures() that it has heard of */
	bool doubted;		/* doubt_judge(): its bytes may be lost */
};

/*
 * Before file @fd is promoted: -errno when the kernel has lost some of the
 * bytes that were written to it since f->failures.  @base: the file that it has
 * bytes of, or -1.  These are in doubt if the base is, unless the disk has it.
 */
int doubt_judge(struct doubt *d, struct doubt_file *f, int fd, int base);
/* After the promotion, once it is in the history as @r. */
void doubt_promoted(struct doubt *d, const struct doubt_file *f,
		    const struct record *r);
/* Another time was set: the content is the same. */
void doubt_touched(struct doubt *d, const struct record_stat *old,
		   const struct record *r);

/*
 * 0: all files of @map, up to seq @upto, are on disk.  -EIO: one is not, with a
 * sentence in @why; -EINTR soon after *@interrupted is set (it may be NULL);
 * -ENOMEM.
 */
struct doubt_mark {
	struct pathmap *map;
	uint64_t upto;
	const atomic_bool *interrupted;
	char *why;
	size_t why_size;
};
int doubt_check(struct doubt *d, const struct doubt_mark *m);

#endif
