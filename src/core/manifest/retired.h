/* SPDX-License-Identifier: MIT */
/*
 * retired: retired manifests, those of marks that were removed or replaced,
 * in `.idemfs/forgotten`.
 *
 * What a mark has told stays true when the mark goes: other marks of the same
 * paths are compared with it (latest.h).  A manifest without records is not
 * kept.
 *
 * They are tidied up when there are many.  Records that no mark needs any more
 * are dropped, and the rest becomes one manifest.  A mark needs the latest
 * state of each path that it told of, and renames since the oldest mark, or
 * since the first change that a mark is still to tell.  So
 * the size is bounded by the number of paths, not by how often steps were run.
 *
 * There is no lock.  At any moment of each call all that is needed is on disk.
 * Only one thread may tidy up at a time.
 */
#ifndef IDEMFS_CORE_MANIFEST_RETIRED_H
#define IDEMFS_CORE_MANIFEST_RETIRED_H

#include "core/backing/state.h"

#define RETIRED_DIR "forgotten" /* below .idemfs */
#define RETIRED_MANY 64		/* manifests: then they are tidied up */

/* To be called before the mark @name in @dirfd is removed or replaced. */
int retired_keep(const struct state *state, int dirfd, const char *name);

/* A descriptor of their directory; -ENOENT when there is none. */
int retired_open(const struct state *state);

/* Tidies up if there are many.  How many are left, or -errno. */
int retired_tidy(const struct state *state);

#endif
