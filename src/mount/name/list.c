/* SPDX-License-Identifier: MIT */
/*
 * list: the names in a directory of the backing tree.
 */
#include <dirent.h>
#include <string.h>

#include "base/util.h"
#include "core/version/pending.h"
#include "idemfs/control.h"
#include "mount/entry/learning.h"
#include "mount/name/listing.h"
#include "mount/name/name.h"
#include "mount/node/handle.h"

/* The root shows .checkpoints, which is not that of the disk. */
static bool is_checkpoints(void *arg, struct dir *dir, const char *name,
			   ino_t ino)
{
	(void)arg;
	(void)ino;
	return !dir->parent && !strcmp(name, IDEMFS_CHECKPOINTS);
}

/* A name that the reading process is writing, and that no other one sees. */
static void note_own(void *arg, const char *name, uint64_t owner)
{
	listing_note(arg, name, owner, DT_REG);
}

int name_list(struct request *q, struct handle *h)
{
	static const struct listing_filter filter = { is_checkpoints, NULL };
	struct fs *fs = q->fs;
	struct dir *dir = h->node->dir;
	struct noted *own = NULL;
	int r;

	versions_wait_dir(fs->versions, dir);
	r = listing_read(fs, h, dir, &filter);
	if (!r)
		learning_listed(q, dir, h);
	if (!r && !dir->parent)
		r = listing_add(h, IDEMFS_CHECKPOINTS,
				backing_marks(fs->backing)->key.ino, DT_DIR);
	if (r < 0)
		return r;
	versions_list(fs->versions, dir, q->by.tid, note_own, &own);
	return listing_add_noted(h, own);
}
