/* SPDX-License-Identifier: MIT */
#include "core/flush_way.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/sys.h"
#include "base/util.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

/* Where it is not told, it has none. */
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

enum flush_way flush_way_of(int fd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return FLUSH_WHOLE;
	if (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC)
		return FLUSH_NOTHING;
	if (fs.f_type == XFS_SUPER_MAGIC)
		return FLUSH_ORDERED;
	if (fs.f_type == EXT4_SUPER_MAGIC && has_journal(st.st_dev))
		return FLUSH_ORDERED;
	return FLUSH_WHOLE;
}
