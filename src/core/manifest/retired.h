/* SPDX-License-Identifier: MIT */
/*
 * forgotten: manifests of marks that were removed or replaced, in
 * `.idemfs/forgotten`.
 *
 * What a mark has told stays true when the mark goes: other marks of the same
 * paths are judged by it (latest.h).  A mark that told of nothing is not
 * kept.
 *
 * They are tidied up when there are many: what no mark needs any more is
 * dropped, and the rest becomes one manifest.  What a mark needs is the latest
 * state of a path that it told of, and renames since the oldest mark; so it all
 * is bounded by how many paths there are, not by how often steps were run.
 *
 * No lock: each call leaves, at any time, all that is needed on disk, and
 * reads what is there.  Only one may tidy up at a time.
 */
#ifndef IDEMFS_CORE_MANIFEST_RETIRED_H
#define IDEMFS_CORE_MANIFEST_RETIRED_H

#include "core/backing/state.h"

#define FORGOTTEN_DIR "forgotten" /* below .idemfs */
#define FORGOTTEN_MANY 64	  /* manifests: then they are tidied up */

/* Before @name in @dirfd, a mark, is removed or replaced. */
int forgotten_keep(const struct state *state, int dirfd, const char *name);

/* A descriptor of them, or -errno: -ENOENT when there is none. */
int forgotten_open(const struct state *state);

/* If they are many; how many there are then, or -errno. */
int forgotten_tidy(const struct state *state);

#endif
