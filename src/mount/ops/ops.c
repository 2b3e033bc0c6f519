/* SPDX-License-Identifier: MIT */
/*
 * ops: the list of what is answered, and what INIT asks of the kernel.
 */
#include "mount/ops/ops.h"

#include "mount/kernel/channel.h"
#include "mount/kernel/passthrough.h"
#include "mount/ops/handlers.h"

/* The most there is: a RELEASE beyond it is not queued by its close(2). */
#define MAX_BACKGROUND 65535

static void want(struct fuse_conn_info *conn, unsigned int cap)
{
	conn->want |= conn->capable & cap;
}

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct fs *fs = userdata;

	want(conn, FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_DONT_MASK |
			   FUSE_CAP_POSIX_ACL | FUSE_CAP_PARALLEL_DIROPS |
			   FUSE_CAP_CACHE_SYMLINKS | FUSE_CAP_POSIX_LOCKS |
			   FUSE_CAP_FLOCK_LOCKS);
	/*
	 * The kernel drops the pages that a direct write makes old when that
	 * has ended, but not when it has ended asynchronously (fs/fuse/file.c,
	 * fuse_direct_IO()): so none does.
	 */
	conn->want &= ~(unsigned int)FUSE_CAP_ASYNC_DIO;
	/*
	 * All that is written to a version goes through its node.  To drop its
	 * pages whenever its time has moved would be to drop what another
	 * writer has just put there, and is still sending.  Then a reader may
	 * get what was there before (f04_loop_update).
	 */
	/* The gate reads every request's header from memory. */
	conn->want &= ~(unsigned int)(FUSE_CAP_SPLICE_READ |
				      FUSE_CAP_WRITEBACK_CACHE |
				      FUSE_CAP_AUTO_INVAL_DATA |
				      FUSE_CAP_HANDLE_KILLPRIV);
	/* Else the kernel asks for security.capability at every write. */
	channel_want(fs->channel, conn, CHANNEL_KILLPRIV_V2, 0);
	passthrough_begin(fs->pass, conn);
	conn->max_background = MAX_BACKGROUND;
	conn->congestion_threshold = MAX_BACKGROUND / 4 * 3;
	conn->time_gran = 1;
	if (fs->ready)
		fs->ready(fs->ready_arg);
}

const struct fuse_lowlevel_ops mount_ops = {
	.init = op_init,
	.lookup = op_lookup,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.readlink = op_readlink,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.unlink = op_unlink,
	.rmdir = op_rmdir,
	.symlink = op_symlink,
	.rename = op_rename,
	.link = op_link,
	.open = op_open,
	.read = op_read,
	.write = op_write,
	.flush = op_flush,
	.release = op_release,
	.fsync = op_fsync,
	.opendir = op_opendir,
	.readdir = op_readdir,
	.releasedir = op_releasedir,
	.fsyncdir = op_fsyncdir,
	.statfs = op_statfs,
	.setxattr = op_setxattr,
	.getxattr = op_getxattr,
	.listxattr = op_listxattr,
	.removexattr = op_removexattr,
	.create = op_create,
	.fallocate = op_fallocate,
	.copy_file_range = op_copy_file_range,
	.lseek = op_lseek,
	.ioctl = op_ioctl,
	.getlk = op_getlk,
	.setlk = op_setlk,
	.flock = op_flock,
};
