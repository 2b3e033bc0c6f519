/* SPDX-License-Identifier: MIT */
/*
 * accept: makes the marks of a tree hold that was copied or restored.
 *
 * The copy has the marks, but other inode numbers and maybe other times, and so
 * no mark holds.  Once all bytes have been compared (verify.h, full), the
 * manifests are written anew with the numbers and times of the copy.
 *
 * Only while no mount serves the tree.  Each manifest is replaced whole.  After
 * an interruption it can be run again.
 */
#ifndef IDEMFS_CORE_VERIFY_ACCEPT_H
#define IDEMFS_CORE_VERIFY_ACCEPT_H

#include "core/backing/state.h"
#include "core/manifest/latest.h"

/*
 * @state: open and locked.  @c: what was compared (latest.h), with no
 * problem other than times and inode numbers.  *ret_files: how many files were
 * accepted.
 */
int accept_files(const struct state *state, int root, struct latest *c,
		 size_t *ret_files);

#endif
