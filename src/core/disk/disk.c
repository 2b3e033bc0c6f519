/* SPDX-License-Identifier: MIT */
#include "core/disk/disk.h"

int disk_init(struct disk *d, int tmp)
{
	struct statx st;
	int r = fd_statx(tmp, &st);

	if (r < 0)
		return r;
	d->dev = statx_key(&st).dev;
	d->mount = st.stx_mnt_id;
	d->way = way_of(tmp);
	return dirty_new(&d->dirty);
}

void disk_release(struct disk *d)
{
	dirty_free(d->dirty);
	d->dirty = NULL;
}

bool disk_is_foreign(const struct disk *d, struct dir *dir)
{
	return dir->key.dev != d->dev || atomic_load(&dir->mount) != d->mount;
}
