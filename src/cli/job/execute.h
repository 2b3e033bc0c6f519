/* SPDX-License-Identifier: MIT */
/*
 * execute: the COMMAND of `idemfs step` and `idemfs session`, from its start to
 * its end, in the caller's working directory.
 *
 * Signals that are meant for COMMAND are passed on to it, and the terminal's
 * reach it by themselves.  What it leaves behind is reaped while it runs, and
 * not waited for.
 */
#ifndef IDEMFS_CLI_JOB_EXECUTE_H
#define IDEMFS_CLI_JOB_EXECUTE_H

#include <stdbool.h>

/*
 * Its exit status; 128 + N when signal N killed it; when it could not be
 * started 127 or 126, which was said in a line that begins with @what, and
 * *ret_ran is false.
 */
int execute(const char *what, char **argv, bool *ret_ran);

#endif
