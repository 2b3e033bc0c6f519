/* SPDX-License-Identifier: MIT */
#include "mount/kernel/passthrough.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <linux/btrfs.h>
#include <linux/dqblk_xfs.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/quota.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "base/fstype.h"
#include "base/log.h"
#include "base/util.h"
#include "core/disk/way.h"
#include "core/version/shown.h"
#include "mount/kernel/channel.h"

#define ROOM_TO_SPARE (UINT64_C(256) << 20) /* bytes: else not by default */
#define ROOM_AMPLE (UINT64_C(1) << 30)	    /* not used up within ROOM_MS */
#define ROOM_NONE (UINT64_C(16) << 20)	    /* so little counts as full, */
#define ROOM_NONE_PART 16		    /*   or this part of a small disk */
#define SOMEBODY 65534			    /* a user; any but root will do */
#define ROOM_MS 100 /* how long ample room is believed */

enum why {
	UNTRIED, /* the kernel has agreed, no file has been tried yet */
	WORKS,
	TOLD_NOT,
	NOT_OFFERED,
	NO_PRIVILEGE,
	STACKED,
	UNSEEN,
	SHARED,
};

static const char *const states[] = {
	[UNTRIED] = "on",
	[WORKS] = "on",
	[TOLD_NOT] = "off: --passthrough off",
	[NOT_OFFERED] = "off: the kernel does not offer it (Linux 6.9 does)",
	[NO_PRIVILEGE] = "off: idemfs has no CAP_SYS_ADMIN",
	[STACKED] = "off: the filesystem below is stacked on too many others",
	[SHARED] = "off: --allow-other (--passthrough on trusts all users)",
	[UNSEEN] = "off: the filesystem below may not show what is written so",
};

struct passthrough {
	struct channel *channel;    /* const */
	enum passthrough_mode mode; /* const */
	int root;		    /* const */
	dev_t dev;		    /* const: of root */
	bool quotas;		    /* const: root has some */
	bool each;		    /* const: root is flushed file by file */
	bool shared;		    /* const: users are not to be trusted */
	atomic_int why;		    /* atomic: enum why */
	atomic_llong ample_until;   /* atomic: ms; root has ROOM_AMPLE */
};

static bool btrfs_has_quotas(int fd)
{
	struct btrfs_ioctl_fs_info_args info = { 0 };
	char path[] = "/sys/fs/btrfs/xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx/"
		      "qgroups";
	char *p = path + strlen("/sys/fs/btrfs/");

	if (ioctl(fd, BTRFS_IOC_FS_INFO, &info) < 0)
		return false;
	for (size_t i = 0; i < sizeof(info.fsid); i++, p += 2) {
		static const char hex[] = "0123456789abcdef";

		p += *p == '-';
		p[0] = hex[info.fsid[i] >> 4];
		p[1] = hex[info.fsid[i] & 15];
	}
	return access(path, F_OK) == 0;
}

/*
 * May a user be refused room while the disk has some?  All filesystems with the
 * kernel's quotas answer Q_XGETQSTAT (fs/quota/quota.c).  btrfs has quotas of
 * its own.
 */
static bool has_quotas(int fd)
{
	struct fs_quota_stat quota;

	if (!syscall(SYS_quotactl_fd, fd, QCMD(Q_XGETQSTAT, USRQUOTA), 0,
		     &quota))
		return quota.qs_flags & (FS_QUOTA_UDQ_ENFD | FS_QUOTA_GDQ_ENFD |
					 FS_QUOTA_PDQ_ENFD);
	return fstype_is(fd, BTRFS_SUPER_MAGIC) && btrfs_has_quotas(fd);
}

int passthrough_new(struct channel *c, const struct options *opt, int root,
		    struct passthrough **ret)
{
	enum passthrough_mode mode = opt->passthrough;
	struct passthrough *p = calloc(1, sizeof(*p));
	struct stat st;

	if (!p)
		return -ENOMEM;
	p->channel = c;
	p->mode = mode;
	p->root = root;
	p->dev = fstat(root, &st) < 0 ? 0 : st.st_dev;
	p->each = way_of(root) == WAY_EACH;
	p->quotas = mode == PASSTHROUGH_AUTO && has_quotas(root);
	p->why = mode == PASSTHROUGH_OFF ? TOLD_NOT : NOT_OFFERED;
	p->shared = mode == PASSTHROUGH_AUTO && opt->allow_other;
	*ret = p;
	return 0;
}

void passthrough_free(struct passthrough *p)
{
	free(p);
}

/*
 * Files of a stacked filesystem can pass through, too.  But then no other can
 * be stacked on this mount, as overlayfs may want to be.
 */
static bool is_stacked(int fd)
{
	static const unsigned int types[] = {
		0x794c7630, /* overlayfs */
		0xf15f,	    /* ecryptfs */
		0x65735546, /* FUSE, which may pass through in turn */
	};
	struct statfs st;

	if (fstatfs(fd, &st) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if ((unsigned int)st.f_type == types[i])
			return true;
	return false;
}

static void give_up(struct passthrough *p, enum why why)
{
	if (atomic_exchange(&p->why, (int)why) == (int)why)
		return;
	if (p->mode == PASSTHROUGH_ON)
		log_warn("passthrough is %s", states[why]);
}

void passthrough_begin(struct passthrough *p, struct fuse_conn_info *conn)
{
	if (p->mode == PASSTHROUGH_OFF)
		return;
	if (!(channel_offers(p->channel) & CHANNEL_PASSTHROUGH)) {
		atomic_store(&p->why, UNTRIED);
		give_up(p, NOT_OFFERED);
		return;
	}
	if (p->each || p->shared) {
		give_up(p, p->each ? UNSEEN : SHARED);
		return;
	}
	channel_want(p->channel, conn, CHANNEL_PASSTHROUGH,
		     is_stacked(p->root) ? 1 : 0);
	atomic_store(&p->why, UNTRIED);
}

bool passthrough_is_on(const struct passthrough *p)
{
	return atomic_load_explicit(&p->why, memory_order_relaxed) <= WORKS;
}

/* A filesystem inside the tree may be stacked, and the root not. */
static bool is_root_fs(struct passthrough *p, int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == p->dev;
}

/*
 * A FUSE client may know the size of a file only from its own writes, and not
 * from those that came through another open of it.
 */
static bool may_be_unseen(struct passthrough *p, int fd)
{
	return !is_root_fs(p, fd) && way_of(fd) == WAY_EACH;
}

/*
 * The user that the kernel is to write as.  It keeps the credentials of the
 * thread that asks for the id (fs/fuse/passthrough.c), for all opens that share
 * it.  So it is root only for a file that no other user can write to.
 */
static struct caller writer_of(int fd, const struct caller *by)
{
	struct caller as = *by;
	struct stat st;

	if (as.uid == 0 && (fstat(fd, &st) < 0 || st.st_uid != 0 ||
			    (st.st_mode & (S_IWGRP | S_IWOTH))))
		as.uid = SOMEBODY;
	return as;
}

static int backing_open(struct passthrough *p, int fd, const struct caller *by)
{
	const struct caller as = writer_of(fd, by);
	auto_access a = { 0 }, b = { 0 };
	int r = access_write(&a, &as, fd);

	/* Root, too: another user may write by it, and the bits come later. */
	if (!r)
		r = access_without_set_id(&b);
	return r < 0 ? r : channel_backing_open(p->channel, fd);
}

int passthrough_open(struct passthrough *p, int fd, const struct caller *by)
{
	int id;

	if (!passthrough_is_on(p) || may_be_unseen(p, fd))
		return 0;
	id = backing_open(p, fd, by);
	if (id > 0)
		atomic_store_explicit(&p->why, WORKS, memory_order_relaxed);
	else if (id == -EPERM)
		give_up(p, NO_PRIVILEGE);
	else if (id == -ELOOP && is_root_fs(p, fd))
		give_up(p, STACKED);
	return id > 0 ? id : 0;
}

void passthrough_close(struct passthrough *p, int backing_id)
{
	if (backing_id > 0)
		channel_backing_close(p->channel, backing_id);
}

static bool is_ample_still(const struct passthrough *p, const struct version *v)
{
	return !version_facts(v).near &&
	       now_ms() < atomic_load_explicit(&p->ample_until,
					       memory_order_relaxed);
}

/* The bytes that are left where @v is, and how many count as none. */
static uint64_t room_left(struct passthrough *p, struct version *v,
			  uint64_t *ret_none)
{
	struct statvfs st;
	uint64_t left, part;

	*ret_none = ROOM_NONE;
	if (fstatvfs(version_fd_for_read(v), &st) < 0)
		return UINT64_MAX;
	left = (uint64_t)st.f_bavail * st.f_frsize;
	part = (uint64_t)st.f_blocks * st.f_frsize / ROOM_NONE_PART;
	if (part < ROOM_NONE)
		*ret_none = part;
	if (left >= ROOM_AMPLE && !version_facts(v).near && !p->quotas)
		atomic_store_explicit(&p->ample_until, now_ms() + ROOM_MS,
				      memory_order_relaxed);
	return left;
}

static bool is_limited(struct passthrough *p, struct version *v)
{
	return version_facts(v).near ? has_quotas(version_fd_for_read(v))
				     : p->quotas;
}

bool passthrough_has_room(struct passthrough *p, struct version *v)
{
	uint64_t none;

	return p->mode == PASSTHROUGH_ON || is_ample_still(p, v) ||
	       (room_left(p, v, &none) >= ROOM_TO_SPARE && !is_limited(p, v));
}

bool passthrough_is_full(struct passthrough *p, struct version *v)
{
	uint64_t none;

	return !is_ample_still(p, v) && room_left(p, v, &none) < none;
}

const char *passthrough_state(struct passthrough *p, int probe)
{
	const struct caller us = { .uid = geteuid(), .gid = getegid() };

	if (atomic_load(&p->why) == UNTRIED)
		passthrough_close(p, passthrough_open(p, probe, &us));
	return states[atomic_load(&p->why)];
}
