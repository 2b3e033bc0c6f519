/* SPDX-License-Identifier: MIT */
/*
 * learned: is all that a step has learned to read still as it was?
 *
 *	learned_new()
 *	learned_judge()     every record of its mark, in their order
 *	learned_explain()   once a record did not hold: what is different
 *	learned_free()
 *
 * Content decides, never time.  A file with the size, time and number that it
 * had is not read again, if nothing happened to it since the step began: then
 * it is the version that was opened, which never changes.
 *
 * A step that asks this may be part of another one that learns, whose inputs
 * these are, too.  Then each file is opened, also where its status would do.
 *
 * All is found by descriptor below the root.  No link is followed, and no mount
 * inside is entered.  What is read is bounded by what the mark tells.
 */
#ifndef IDEMFS_CLI_JOB_LEARNED_H
#define IDEMFS_CLI_JOB_LEARNED_H

#include "core/manifest/manifest.h"

struct learned;

/*
 * @root: of the mount, or of any directory; must stay open.  @since: when the
 * step began; zero: not known.  @opens: each file is opened.  NULL: out of
 * memory.
 */
struct learned *learned_new(int root, const struct timespec *since, bool opens);
void learned_free(struct learned *l); /* NULL is fine */

/* 1: it holds, or tells of nothing that was read; 0: it does not; -ENOMEM. */
int learned_judge(struct learned *l, const struct record *r);

/*
 * After 0: the first difference in a few words, "lib/a.h changed", for a line on
 * a terminal.  @m: the mark, from its beginning; or NULL.  Good as long as @l.
 */
const char *learned_explain(struct learned *l, struct manifest_reader *m);

#endif
