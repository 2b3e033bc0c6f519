/* SPDX-License-Identifier: MIT */
/*
 * cmdline: the command line of another process, if it can be had soon.
 *
 * The kernel reads it from the memory of that process, and waits for the lock of
 * that memory.  Its user can hold that for as long as he likes: with an mmap()
 * of a file on a filesystem that he serves himself.  Nothing can be done about a
 * thread that waits there, but that it is not one of ours that is needed: so
 * another one reads, and is waited for a moment only.  There is one such thread
 * at most; while one does not come back, nobody's command line can be had.
 */
#ifndef IDEMFS_CORE_PROCESS_CMDLINE_H
#define IDEMFS_CORE_PROCESS_CMDLINE_H

#include <stddef.h>
#include <sys/types.h>

#define CMDLINE_MAX 512 /* bytes that are read at most */

/*
 * The first bytes of /proc/PID/cmdline, where each argument ends in NUL: how
 * many, 0 when none can be had.  Takes half a second at most.
 */
size_t cmdline_read(pid_t pid, char *buf, size_t size);

#endif
