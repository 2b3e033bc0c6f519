/* SPDX-License-Identifier: MIT */
/*
 * channel: the parts of FUSE's protocol that libfuse does not know.
 *
 *	channel_open()   after the mount, before any request is read
 *	channel_see()    the receive loop shows each INIT
 *	channel_want()   by the INIT handler: what to add to the answer
 *
 * libfuse before 3.17 knows neither passthrough nor FUSE_HANDLE_KILLPRIV_V2.
 * Its answers to INIT, OPEN and CREATE lack only two fields.  All answers leave
 * by one writev(2), which fuse_session_custom_io() replaces by ours: that puts
 * the fields in.  Where libfuse has the API (CMake: HAVE_FUSE_PASSTHROUGH) it
 * is used, and nothing is put in.
 *
 * The layout is that of Linux's include/uapi/linux/fuse.h, 7.40.
 */
#ifndef IDEMFS_MOUNT_KERNEL_CHANNEL_H
#define IDEMFS_MOUNT_KERNEL_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct channel;
struct fuse_conn_info;
struct fuse_file_info;
struct fuse_session;

enum channel_feature {
	CHANNEL_PASSTHROUGH = 1,
	CHANNEL_KILLPRIV_V2 = 2,
};

int channel_new(struct fuse_session *se, struct channel **ret);
void channel_free(struct channel *c);

/* One INIT request, as it was read. */
void channel_see(struct channel *c, const void *request, size_t size);
/* The features that the kernel offers. */
unsigned int channel_offers(const struct channel *c);
/*
 * By the INIT handler: the answer asks for @features.  @stack: on how many
 * stacked filesystems the files below may be, 0 or 1.
 */
void channel_want(struct channel *c, struct fuse_conn_info *conn,
		  unsigned int features, unsigned int stack);

/*
 * The next answer of this thread, to an OPEN or CREATE with @fi, makes the file
 * pass through to @backing_id; 0: it does not pass through after all.
 */
void channel_pass_to(struct fuse_file_info *fi, int backing_id);

/*
 * The kernel asks anew for @name in node @parent, which may be there or not.  It
 * may not be called where a request in that directory would wait for it.
 *
 * FUSE_NOTIFY_INC_EPOCH (7.44) would do that for all names at once.  But the
 * next walk then takes away what is mounted below such a name, and overlayfs
 * gets ESTALE for what it has found there.
 */
void channel_expire_name(struct channel *c, uint64_t parent, const char *name);

/* A backing id for the file of @fd: positive, or -errno. */
int channel_backing_open(struct channel *c, int fd);
void channel_backing_close(struct channel *c, int backing_id);

#endif
