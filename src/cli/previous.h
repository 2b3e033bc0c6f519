/* SPDX-License-Identifier: MIT */
/*
 * previous: the mount before, when it is on its way out.
 *
 * A daemon that was told to end, or whose mount was taken away, still settles
 * what is open, and holds the lock of the state directory while it does.  Who
 * mounts again at once (a pipeline that was killed and is run again) waits for
 * it instead of failing.  One that serves somewhere is not waited for.
 */
#ifndef IDEMFS_CLI_PREVIOUS_H
#define IDEMFS_CLI_PREVIOUS_H

#include <stdint.h>

/* Waits, with a word about it, at most @ms.  Whether it has ended is seen when
 * the lock is taken. */
void previous_wait(const char *backing, int64_t ms);

#endif
