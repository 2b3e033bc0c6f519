/* SPDX-License-Identifier: MIT */
/*
 * doubt: contents that may not be on disk, though every flush says so by now.
 *
 * The kernel tells once that it could not write a page, and then takes the page
 * for clean: the next syncfs(2) says 0, and a mark made then would vouch for
 * bytes that are nowhere.  So what no flush had made durable before one fails
 * is in doubt from then on, by size, time and inode number, wherever it is
 * renamed to.  A mark that is to vouch for it reads it past the page cache, and
 * is not made unless it has the digest that was known before.  What holds is in
 * doubt no longer; what is written again never was.
 *
 *	doubt_failed()     a flush has failed
 *	doubt_check()      for a mark, after a flush that went well
 *
 * Who had a file open meanwhile is in doubt only if the kernel says that it has
 * lost some of that (doubt_judge()).  What a mount before has left without a
 * flush is in doubt, too: what has become of it, nobody was told.
 *
 * Thread-safe; its lock is taken under t->names, and held over no read.
 */
#ifndef IDEMFS_CORE_CHANGES_LOST_WRITES_H
#define IDEMFS_CORE_CHANGES_LOST_WRITES_H

#include "core/backing/backing.h"
#include "core/changes/changes.h"

struct doubt;

/* Both stay the caller's. */
int doubt_new(struct history *history, struct backing *backing,
	      struct doubt **ret);
void doubt_free(struct doubt *d); /* NULL is fine */

/* Is there none? */
bool doubt_is_over(struct doubt *d);
void doubt_failed(struct doubt *d);
/* How many flushes have failed so far; cheap.  @d may be NULL. */
unsigned long doubt_failures(const struct doubt *d);

/*
 * A file that is being written, which its writer keeps: begun with the failures
 * of that time.
 */
struct doubt_file {
	unsigned long failures; /* doubt_failures() that it has heard of */
	bool doubted;		/* doubt_judge(): its bytes may be lost */
};

/*
 * Before file @fd is promoted: -errno when the kernel has lost some of what was
 * written to it since f->failures.  @base: what it took bytes over from, or -1;
 * these are in doubt when the base is, unless the disk has it.
 */
int doubt_judge(struct doubt *d, struct doubt_file *f, int fd, int base);
/* Then, once it is among the changes, as @r. */
void doubt_promoted(struct doubt *d, const struct doubt_file *f,
		    const struct record *r);
/* A content has got another time: it is the same. */
void doubt_touched(struct doubt *d, const struct record_stat *old,
		   const struct record *r);

/*
 * All that @map has, up to @upto, is on disk.  -EIO, with a sentence in @why;
 * -EINTR soon after *@interrupted is set (it may be NULL); -ENOMEM.
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
