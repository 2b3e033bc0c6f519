/* SPDX-License-Identifier: MIT */
/*
 * program: which files are executed when a command is: its program, found as
 * execvp(3) finds it, and what its first line names (#!).
 */
#ifndef IDEMFS_CLI_JOB_PROGRAM_H
#define IDEMFS_CLI_JOB_PROGRAM_H

/* The file that the name @name leads to.  malloc'ed; NULL: there is none. */
char *program_find(const char *name);

/*
 * The interpreters of the script @path: at most PROGRAM_MOST, each malloc'ed.
 * Returns how many; 0 when it is no script, or cannot be read.
 */
#define PROGRAM_MOST 4
int program_interpreters(const char *path, char *ret[PROGRAM_MOST]);

#endif
