/* SPDX-License-Identifier: MIT */
#include "core/backing/reserved.h"

#include <string.h>

#include "core/backing/state.h"

/* "", ".", ".." or a path.  The VFS sends none of them. */
static bool is_no_name(const char *name)
{
	return !*name || !strcmp(name, ".") || !strcmp(name, "..") ||
	       strchr(name, '/');
}

bool reserved_name(struct dir *dir, const char *name)
{
	if (is_no_name(name))
		return true;
	if (name[0] != '.')
		return false;
	if (!strncmp(name, STATE_TEMP_PREFIX, strlen(STATE_TEMP_PREFIX)))
		return true;
	return !dir->parent && !dir->marks && !strcmp(name, STATE_DIR);
}
