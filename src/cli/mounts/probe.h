/* SPDX-License-Identifier: MIT */
/*
 * probe: does the daemon behind a mount answer?
 *
 * It may be stopped, or wait for a disk that does not come back.  Then a
 * request to it ends only with the process that made it: only SIGKILL ends the
 * wait.  So a child asks.
 */
#ifndef IDEMFS_CLI_MOUNTS_PROBE_H
#define IDEMFS_CLI_MOUNTS_PROBE_H

#include "base/err.h"

/* 0, or -ETIMEDOUT with a line in @err. */
int probe(const char *dir, struct err *err);

#endif
