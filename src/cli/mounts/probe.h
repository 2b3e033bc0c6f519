/* SPDX-License-Identifier: MIT */
/*
 * probe: does the daemon behind a mount answer?
 *
 * A request to one that is stopped, or that waits for a disk which does not come
 * back, ends with the process that made it alone: no signal but SIGKILL gets it out
 * of there.  So a child asks.
 */
#ifndef IDEMFS_CLI_MOUNTS_PROBE_H
#define IDEMFS_CLI_MOUNTS_PROBE_H

#include "base/err.h"

/* 0, or -ETIMEDOUT with a line in @err. */
int probe(const char *dir, struct err *err);

#endif
