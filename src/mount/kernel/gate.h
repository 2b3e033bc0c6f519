/* SPDX-License-Identifier: MIT */
/*
 * gate: what must happen to a request before the next one is read.
 *
 *  - the RELEASE of a writing handle seals its version, so that whoever asks
 *    for its name after the close waits until it is settled (F2); and what was
 *    locked through a handle is free after its last close;
 *  - a thread that had an open redirected and now does something else has
 *    given it up (redirect.h);
 *  - TMPFILE, which libfuse 3.14 does not know but which is laid out as CREATE
 *    (include/uapi/linux/fuse.h, 7.37), is handed on as one.
 *
 *  - who may not keep set-id bits of what he changes says so in flags that
 *    libfuse drops (FUSE_HANDLE_KILLPRIV_V2).
 *
 * gate_look() is pure: it reads a request and says what to do.
 */
#ifndef IDEMFS_MOUNT_GATE_H
#define IDEMFS_MOUNT_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/version/version.h"

struct gate_verdict {
	uint64_t release;     /* the handle to seal and to unlock, or 0 */
	pid_t busy_thread;    /* it does what is no part of an open, or 0 */
	pid_t thread;	      /* it does what no close and no exit does, or 0 */
	bool init;	      /* the kernel says what it can */
	bool kill_priv;	      /* clear set-id bits and capabilities with it */
	struct caller caller; /* of what kills them */
	bool tmpfile;	      /* the opcode has been changed to CREATE */
};

/* @buf: one request, @size bytes; may be changed for a TMPFILE. */
struct gate_verdict gate_look(void *buf, size_t size);

#endif
