/* SPDX-License-Identifier: MIT */
/*
 * accept: a tree that was copied or restored takes its marks with it, but a
 * copy has other inode numbers and maybe other times, and so no mark holds.
 * Once all bytes have been compared (verify.h, full), the manifests are written
 * anew with what is there.
 *
 * Only while no mount serves the tree.  Each manifest is replaced whole; when it
 * is interrupted, it can be run again.
 */
#ifndef IDEMFS_CORE_VERIFY_ACCEPT_H
#define IDEMFS_CORE_VERIFY_ACCEPT_H

#include "core/backing/state.h"
#include "core/manifest/latest.h"

/*
 * @state: open and locked.  @c: what was compared, without a problem but times
 * and inode numbers.  *ret_files: how many are taken to be what they were.
 */
int accept_files(const struct state *state, int root, struct chronicle *c,
		 size_t *ret_files);

#endif
