/* SPDX-License-Identifier: MIT */
/*
 * namespaces: which processes of other mount namespaces see a mount.
 *
 * A namespace begins as a copy of another (unshare(1), containers), with all
 * its mounts.  A copy of a mount stays when the first is unmounted, and the
 * daemon serves it.  /proc/PID/mountinfo tells of it, also to users other than
 * root.
 */
#ifndef IDEMFS_CLI_MOUNTS_NAMESPACES_H
#define IDEMFS_CLI_MOUNTS_NAMESPACES_H

#include <stdbool.h>
#include <stddef.h>

#include "mount/mountpoint/mountinfo.h"

/* "4711 (sleep 100)": processes that see @m; false when there is none. */
bool namespaces_describe(const struct mounted *m, char *buf, size_t size);

#endif
