/* SPDX-License-Identifier: MIT */
/*
 * preflight: checks what can be known to be wrong before anything is tried.
 *
 * Bad input is refused here with a line that names the path and the remedy, and
 * nothing on disk is changed.
 */
#ifndef IDEMFS_CLI_MOUNTS_PREFLIGHT_H
#define IDEMFS_CLI_MOUNTS_PREFLIGHT_H

#include "base/err.h"
#include "cli/args/args.h"

/* The directories and the machine; 0, or -errno with a line in @err. */
int preflight_mount(const struct args *a, struct err *err);

/* True if @path is @dir or lies below it. Both absolute. */
bool check_is_below(const char *path, const char *dir);

#endif
