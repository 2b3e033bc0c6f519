/* SPDX-License-Identifier: MIT */
/*
 * gate: what must happen to a request before the next one is read.
 *
 *  - The RELEASE of a writing handle seals its version.  So a request for its
 *    name after the close waits until the version is settled (F2).  The locks
 *    of a handle are free after its last close.
 *  - A thread that had an open redirected, and now sends another request, has
 *    given the open up (redirect.h).
 *  - TMPFILE, which libfuse 3.14 does not know but which is laid out as CREATE
 *    (include/uapi/linux/fuse.h, 7.37), is handed on as one.
 *  - A caller that may not keep the set-id bits of the file that it changes is
 *    marked by flags that libfuse drops (FUSE_HANDLE_KILLPRIV_V2).
 *
 * gate_look() is pure: it reads a request and says what to do.
 */
#ifndef IDEMFS_MOUNT_KERNEL_GATE_H
#define IDEMFS_MOUNT_KERNEL_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/version/version.h"

struct gate_verdict {
	uint64_t release;     /* the handle to seal and to unlock, or 0 */
	pid_t busy_thread;    /* sent what is no part of an open, or 0 */
	pid_t thread;	      /* sent what no close or exit sends, or 0 */
	bool init;	      /* an INIT: the kernel says what it can do */
	bool kill_priv;	      /* clear set-id bits and capabilities with it */
	struct caller caller; /* of a request that kills them */
	bool tmpfile;	      /* the opcode has been changed to CREATE */
};

/* @buf: one request, @size bytes; may be changed for a TMPFILE. */
struct gate_verdict gate_look(void *buf, size_t size);

#endif
