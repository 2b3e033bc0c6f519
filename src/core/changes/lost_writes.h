/* SPDX-License-Identifier: MIT */
/*
 * lost_writes: contents that may not be on disk, though flushes succeed again.
 *
 * The kernel tells only once that it could not write a page, and then takes the
 * page for clean.  The next syncfs(2) returns 0, and a mark made then would
 * vouch for bytes that are nowhere.  So when a flush fails, all files that no
 * flush had made durable are in doubt: by size, time and inode number, wherever
 * they are renamed to.  A mark that would vouch for one reads it past the page
 * cache, and is made only if it has the digest that was known before.  Then it
 * is in doubt no longer.  A file that is written again is not in doubt.
 *
 *	lost_writes_failed()     a flush has failed
 *	lost_writes_check()      for a mark, after a flush that went well
 *
 * A version that was open meanwhile is in doubt only if the kernel says that it
 * has lost some of its bytes (lost_writes_judge()).  Files that an earlier mount left
 * without a flush are in doubt, too: how they were written back is not known.
 *
 * Thread-safe; its lock is taken while directories are held, and held over no read.
 */
#ifndef IDEMFS_CORE_CHANGES_LOST_WRITES_H
#define IDEMFS_CORE_CHANGES_LOST_WRITES_H

#include "base/events.h"
#include "core/backing/backing.h"
#include "core/changes/changes.h"

struct lost_writes;

/* Both stay the caller's. */
int lost_writes_new(struct changes *changes, struct backing *backing,
		    const struct events *events, struct lost_writes **ret);
void lost_writes_free(struct lost_writes *d); /* NULL is fine */

/* Is there none? */
bool lost_writes_is_over(struct lost_writes *d);
void lost_writes_failed(struct lost_writes *d);
/* How many flushes have failed so far; cheap.  @d may be NULL. */
unsigned long lost_writes_failures(const struct lost_writes *d);

/*
 * Of a file that is being written, kept by its owner.  failures is set when it
 * is begun.
 */
struct lost_writes_file {
	unsigned long failures; /* lost_writes_failures() that it has heard of */
	bool doubted;		/* lost_writes_judge(): its bytes may be lost */
};

/*
 * Before file @fd is promoted: -errno when the kernel has lost some of the
 * bytes that were written to it since f->failures.  @base: the file that it has
 * bytes of, or -1.  These are in doubt if the base is, unless the disk has it.
 */
int lost_writes_judge(struct lost_writes *d, struct lost_writes_file *f, int fd,
		      int base);
/* After the promotion, once it is in the list of changes as @r. */
void lost_writes_promoted(struct lost_writes *d,
			  const struct lost_writes_file *f,
			  const struct record *r);
/* Another time was set: the content is the same. */
void lost_writes_touched(struct lost_writes *d, const struct record_stat *old,
			 const struct record *r);

/*
 * 0: all files of @map, up to seq @upto, are on disk.  -EIO: one is not, with a
 * sentence in @why; -EINTR soon after *@interrupted is set (it may be NULL);
 * -ENOMEM.
 */
struct lost_writes_mark {
	struct pathmap *map;
	uint64_t upto;
	bool some; /* others have changed files, too, that are not in @map */
	const atomic_bool *interrupted;
	char *why;
	size_t why_size;
};
int lost_writes_check(struct lost_writes *d, const struct lost_writes_mark *m);

#endif
