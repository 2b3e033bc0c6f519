/* SPDX-License-Identifier: MIT */
/*
 * cmdline: the command line of another process, if it can be had soon.
 *
 * The kernel reads it from the memory of that process, and waits for the lock
 * of that memory.  A user can hold that lock for ever: with an mmap() of a file
 * on a filesystem that the user serves.  A thread that waits there cannot be
 * woken.  So a thread of its own reads, and the caller waits for it only for a
 * moment.  There is at most one such thread.  While it does not come back, no
 * command line can be read.
 */
#ifndef IDEMFS_CORE_PROCESS_CMDLINE_H
#define IDEMFS_CORE_PROCESS_CMDLINE_H

#include <stddef.h>
#include <sys/types.h>

#define CMDLINE_MAX 512 /* bytes that are read at most */

/*
 * Reads the first bytes of /proc/PID/cmdline, where each argument ends in NUL.
 * Returns how many, 0 when there are none.  Takes half a second at most.
 */
size_t cmdline_read(pid_t pid, char *buf, size_t size);

#endif
