/* SPDX-License-Identifier: MIT */
#include "core/backing/obstacle.h"

#include <errno.h>

static bool is_mounted_on(const struct statx *st)
{
	return st->stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

int obstacle_to_write(struct dir *dir, const struct statx *st)
{
	struct dir_traits traits;
	int r;

	if (st->stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_VERITY))
		return -EPERM;
	if ((st->stx_attributes & STATX_ATTR_APPEND) || is_mounted_on(st))
		return OBSTACLE_IN_PLACE;
	r = dir_get_traits(dir, &traits);
	if (r < 0)
		return r;
	return traits.immutable || traits.append_only ? OBSTACLE_IN_PLACE : 0;
}

int obstacle_to_new(struct dir *dir)
{
	struct dir_traits traits;
	int r = dir_get_traits(dir, &traits);

	if (r < 0)
		return r;
	return traits.immutable ? -EPERM : 0;
}

int obstacle_to_leave(struct dir *dir)
{
	struct dir_traits traits;
	int r = dir_get_traits(dir, &traits);

	if (r < 0)
		return r;
	return traits.immutable || traits.append_only ? -EPERM : 0;
}

int obstacle_to_rename(struct dir *dir, const struct statx *there)
{
	if (!there)
		return obstacle_to_new(dir);
	if (is_mounted_on(there))
		return -EBUSY;
	if (there->stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND))
		return -EPERM;
	return obstacle_to_leave(dir);
}
