/* SPDX-License-Identifier: MIT */
/*
 * ops: what this filesystem answers, and what it asks of the kernel.
 */
#include "mount/fs/fs.h"
#include "mount/kernel/channel.h"
#include "mount/kernel/passthrough.h"

/* The most there is: a RELEASE beyond it is not queued by its close(2). */
#define MAX_BACKGROUND 65535

static void want(struct fuse_conn_info *conn, unsigned int cap)
{
	conn->want |= conn->capable & cap;
}

static void fs_op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct fs *fs = userdata;

	want(conn, FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_DONT_MASK |
			   FUSE_CAP_POSIX_ACL | FUSE_CAP_PARALLEL_DIROPS |
			   FUSE_CAP_CACHE_SYMLINKS | FUSE_CAP_POSIX_LOCKS |
			   FUSE_CAP_FLOCK_LOCKS);
	/*
	 * The kernel drops the pages that a direct write makes old when that has
	 * ended, but not when it has ended asynchronously (fs/fuse/file.c,
	 * fuse_direct_IO()): so none does.
	 */
	conn->want &= ~(unsigned int)FUSE_CAP_ASYNC_DIO;
	/*
	 * All that is written to a version goes through its node.  To drop its
	 * pages whenever its time has moved would be to drop what another writer
	 * has just put there, and is still sending: who reads it again then may
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

const struct fuse_lowlevel_ops fs_ops = {
	.init = fs_op_init,
	.lookup = fs_op_lookup,
	.forget = fs_op_forget,
	.forget_multi = fs_op_forget_multi,
	.getattr = fs_op_getattr,
	.setattr = fs_op_setattr,
	.readlink = fs_op_readlink,
	.mknod = fs_op_mknod,
	.mkdir = fs_op_mkdir,
	.unlink = fs_op_unlink,
	.rmdir = fs_op_rmdir,
	.symlink = fs_op_symlink,
	.rename = fs_op_rename,
	.link = fs_op_link,
	.open = fs_op_open,
	.read = fs_op_read,
	.write = fs_op_write,
	.flush = fs_op_flush,
	.release = fs_op_release,
	.fsync = fs_op_fsync,
	.opendir = fs_op_opendir,
	.readdir = fs_op_readdir,
	.releasedir = fs_op_releasedir,
	.fsyncdir = fs_op_fsyncdir,
	.statfs = fs_op_statfs,
	.setxattr = fs_op_setxattr,
	.getxattr = fs_op_getxattr,
	.listxattr = fs_op_listxattr,
	.removexattr = fs_op_removexattr,
	.create = fs_op_create,
	.fallocate = fs_op_fallocate,
	.copy_file_range = fs_op_copy_file_range,
	.lseek = fs_op_lseek,
	.ioctl = fs_op_ioctl,
	.getlk = fs_op_getlk,
	.setlk = fs_op_setlk,
	.flock = fs_op_flock,
};
