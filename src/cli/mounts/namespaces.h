/* SPDX-License-Identifier: MIT */
/*
 * namespaces: who else has a filesystem mounted, in a mount namespace of its own.
 *
 * A namespace begins as a copy of another (unshare(1), containers), with all
 * its mounts.  Those stay when the first is unmounted, and the daemon serves
 * them.  /proc/PID/mountinfo tells of them, also to who is not root.
 */
#ifndef IDEMFS_CLI_MOUNTS_NAMESPACES_H
#define IDEMFS_CLI_MOUNTS_NAMESPACES_H

#include <stdbool.h>
#include <stddef.h>

#include "mount/mountpoint/mountinfo.h"

/* "4711 (sleep 100)": processes that see @m; false when there is none. */
bool namespaces_describe(const struct mounted *m, char *buf, size_t size);

#endif
