/* SPDX-License-Identifier: MIT */
#include "mount/checkpoints/control_names.h"

#include <string.h>

#include "base/util.h"
#include "idemfs/control.h"

static const struct {
	const char *name;
	enum control control;
} names[] = {
	{ IDEMFS_CONTROL, CONTROL_CONTROL },
	{ IDEMFS_STATUS, CONTROL_STATUS },
	{ IDEMFS_STATUS_JSON, CONTROL_JSON },
	{ IDEMFS_PROGRESS, CONTROL_PROGRESS },
	{ IDEMFS_JOIN, CONTROL_JOIN },
	{ IDEMFS_LEAVE, CONTROL_LEAVE },
	{ IDEMFS_STEP, CONTROL_STEP },
	{ IDEMFS_GITIGNORE, CONTROL_GITIGNORE },
	{ IDEMFS_INFLIGHT, CONTROL_INFLIGHT },
};

enum control control_of(const struct dir *dir, const char *name)
{
	/* Of the top only: not of a group, nor of a run that is named. */
	for (size_t i = 0; !dir->parent && i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i].name))
			return names[i].control;
	return CONTROL_NONE;
}
