/* SPDX-License-Identifier: MIT */
#include "core/disk/way.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fstype.h"
#include "base/sys.h"
#include "base/util.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

/* If that is not known, it has none. */
static bool has_journal(dev_t dev)
{
	auto_free char *text = NULL;
	char path[64], disk[256], *name;
	size_t size;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(dev),
		 minor(dev));
	n = readlink(path, disk, sizeof(disk) - 1);
	if (n < 0)
		return false;
	disk[n] = '\0';
	name = strrchr(disk, '/');
	snprintf(path, sizeof(path), "/sys/fs/ext4/%.30s/journal_task",
		 name ? name + 1 : disk);
	if (sys_read_file(AT_FDCWD, path, 64, &text, &size) < 0)
		return false;
	return text[0] >= '0' && text[0] <= '9';
}

/*
 * Their sync_fs() writes all that there is, or they send each page to a server
 * that has it on disk when it answers (fs/sync.c, sync_filesystem()).
 */
static bool has_syncfs(unsigned int type)
{
	static const unsigned int types[] = {
		BTRFS_SUPER_MAGIC,
		EXT4_SUPER_MAGIC,
		F2FS_SUPER_MAGIC,
		NFS_SUPER_MAGIC,
		OVERLAYFS_SUPER_MAGIC,
		MSDOS_SUPER_MAGIC,
		EXFAT_SUPER_MAGIC,
		0x3153464a, /* jfs */
		0xca451a4e, /* bcachefs */
		0x2fc12fc1, /* ZFS */
		0x00c36400, /* CephFS, by the kernel */
		0x7366746e, /* ntfs3 */
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (type == types[i])
			return true;
	return false;
}

enum way way_of(int fd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return WAY_EACH;
	if (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC)
		return WAY_NOTHING;
	if (fs.f_type == XFS_SUPER_MAGIC)
		return WAY_ORDERED;
	if (fs.f_type == EXT4_SUPER_MAGIC && has_journal(st.st_dev))
		return WAY_ORDERED;
	return has_syncfs((unsigned int)fs.f_type) ? WAY_WHOLE : WAY_EACH;
}

/*
 * btrfs: an fsync writes a log of the file and of its names, also of names that
 * it gets later, without other names that were made before them.  But a
 * transaction that has the rename has the extents that were there before it.
 */
static int write_extents(int fd)
{
	int r = sys.write_extents(fd);

	return r == -EOPNOTSUPP || r == -ENOTTY ? sys.fdatasync(fd) : r;
}

int way_flush_bytes(enum way way, int fd)
{
	switch (way) {
	case WAY_ORDERED:
		return sys.write_back(fd, SYNC_FILE_RANGE_WAIT_BEFORE |
						  SYNC_FILE_RANGE_WRITE |
						  SYNC_FILE_RANGE_WAIT_AFTER);
	case WAY_WHOLE:
		return fstype_is(fd, BTRFS_SUPER_MAGIC) ? write_extents(fd)
							: sys.fdatasync(fd);
	case WAY_EACH:
		return sys.fdatasync(fd);
	case WAY_NOTHING:
		break;
	}
	return 0;
}

int way_flush_file(int dir, int fd)
{
	int r = sys.fdatasync(fd);

	return r < 0 ? r : sys.fsync(dir);
}

int way_flush_names(int fd)
{
	int r = sys.syncfs(fd);

	return r < 0 || way_of(fd) != WAY_EACH ? r : sys.fsync(fd);
}
