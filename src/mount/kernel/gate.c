/* SPDX-License-Identifier: MIT */
#include "mount/kernel/gate.h"

#include <linux/fuse.h>
#include <string.h>

/*
 * What the VFS may send for a thread between ESTALE and the second OPEN or
 * RENAME.
 */
static bool is_part_of_retry(uint32_t opcode)
{
	switch (opcode) {
	case FUSE_LOOKUP:
	case FUSE_GETATTR:
	case FUSE_READLINK:
	case FUSE_OPEN:
	case FUSE_CREATE:
	case FUSE_SETATTR:
	case FUSE_GETXATTR:
	case FUSE_ACCESS:
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_INTERRUPT:
	case FUSE_RENAME:
	case FUSE_RENAME2:
		return true;
	default:
		return false;
	}
}

/*
 * What a thread sends between the FLUSH of its last close and the RELEASE: more
 * FLUSHes, as exit and exec close many files at once.
 */
static bool is_part_of_close(uint32_t opcode)
{
	switch (opcode) {
	case FUSE_FLUSH:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return true;
	default:
		return false;
	}
}

/* The flag of an OPEN, WRITE or SETATTR; @arg: what follows the header. */
static bool kills_priv(uint32_t opcode, const void *arg, size_t size)
{
	struct fuse_open_in open;
	struct fuse_write_in write;
	struct fuse_setattr_in attr;

	if (opcode == FUSE_OPEN && size >= sizeof(open)) {
		memcpy(&open, arg, sizeof(open));
		return open.open_flags & FUSE_OPEN_KILL_SUIDGID;
	}
	if (opcode == FUSE_WRITE && size >= sizeof(write)) {
		memcpy(&write, arg, sizeof(write));
		return write.write_flags & FUSE_WRITE_KILL_SUIDGID;
	}
	if (opcode == FUSE_SETATTR && size >= sizeof(attr)) {
		memcpy(&attr, arg, sizeof(attr));
		return attr.valid & FATTR_KILL_SUIDGID;
	}
	return false;
}

struct gate_verdict gate_look(void *buf, size_t size)
{
	struct gate_verdict verdict = { 0 };
	struct fuse_release_in release;
	struct fuse_in_header in;

	if (size < sizeof(in))
		return verdict;
	memcpy(&in, buf, sizeof(in));
	if (in.opcode == FUSE_RELEASE && size >= sizeof(in) + sizeof(release)) {
		memcpy(&release, (char *)buf + sizeof(in), sizeof(release));
		verdict.release = release.fh;
	}
	if (!is_part_of_retry(in.opcode))
		verdict.busy_thread = (pid_t)in.pid;
	if (!is_part_of_close(in.opcode))
		verdict.thread = (pid_t)in.pid;
	verdict.kill_priv = kills_priv(in.opcode, (char *)buf + sizeof(in),
				       size - sizeof(in));
	verdict.caller = (struct caller){ .tid = (pid_t)in.pid,
					  .uid = in.uid,
					  .gid = in.gid };
	verdict.init = in.opcode == FUSE_INIT;
	if (in.opcode == FUSE_TMPFILE) {
		in.opcode = FUSE_CREATE;
		memcpy(buf, &in, sizeof(in));
		verdict.tmpfile = true;
	}
	return verdict;
}
