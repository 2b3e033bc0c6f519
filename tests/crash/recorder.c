/* SPDX-License-Identifier: MIT */
/*
 * recorder: a disk that remembers in which order it was written to.
 *
 *	recorder IMAGE LOG MOUNTPOINT
 *
 * Serves two files: `disk`, for a loop device, whose content is IMAGE; and
 * `note`, to which a workload writes what it has done and what it was
 * promised.  Every write, zeroing and flush of the disk, and every note, is a
 * record of LOG, in the one order in which they came: there is one thread, so
 * a write that was answered before a flush came is in the log before it.  From
 * LOG and the image of the beginning, any state that a power cut may leave can
 * be made: all that was written before the last flush, and any part of what
 * was written since.
 *
 * A sector that begins with BAD is refused with EIO: a disk that fails for the
 * files that a test has chosen, and for nothing else.
 *
 * A record is a struct record, in the byte order of this machine, and its data
 * (of a write and a note).  The log is whole when the recorder has ended,
 * which it does when it is unmounted.
 */
#define FUSE_USE_VERSION 31

#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <linux/falloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define SECTOR 512
#define BAD "idemfs: bad sector"

enum record_type { RECORD_WRITE = 1, RECORD_ZERO, RECORD_FLUSH, RECORD_NOTE };

struct record {
	uint32_t type;
	uint32_t size; /* bytes; of a zeroing, in units of 512 */
	uint64_t offset;
};

static char *image;
static off_t image_size;
static FILE *records;

static bool is_disk(const char *path)
{
	return !strcmp(path, "/disk");
}

static int put(enum record_type type, off_t offset, const void *data,
	       size_t size)
{
	struct record r = { .type = type,
			    .size = (uint32_t)size,
			    .offset = (uint64_t)offset };

	if (fwrite(&r, sizeof(r), 1, records) != 1 ||
	    (data && size && fwrite(data, size, 1, records) != 1))
		return -EIO;
	return 0;
}

static int rec_getattr(const char *path, struct stat *st,
		       struct fuse_file_info *fi)
{
	(void)fi;
	memset(st, 0, sizeof(*st));
	if (!strcmp(path, "/")) {
		st->st_mode = S_IFDIR | 0755;
		st->st_nlink = 2;
		return 0;
	}
	if (!is_disk(path) && strcmp(path, "/note") != 0)
		return -ENOENT;
	st->st_mode = S_IFREG | 0600;
	st->st_nlink = 1;
	st->st_size = is_disk(path) ? image_size : 0;
	return 0;
}

static int rec_open(const char *path, struct fuse_file_info *fi)
{
	(void)path;
	/* What a loop device asks for comes as it is, not cut into pages. */
	fi->direct_io = 1;
	return 0;
}

static int rec_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
	(void)fi;
	return is_disk(path) && size != image_size ? -EPERM : 0;
}

static int rec_read(const char *path, char *buf, size_t size, off_t offset,
		    struct fuse_file_info *fi)
{
	(void)fi;
	if (!is_disk(path) || offset >= image_size)
		return 0;
	if ((off_t)size > image_size - offset)
		size = (size_t)(image_size - offset);
	memcpy(buf, image + offset, size);
	return (int)size;
}

static bool is_bad(const char *buf, size_t size)
{
	for (size_t i = 0; i + sizeof(BAD) <= size; i += SECTOR)
		if (!memcmp(buf + i, BAD, sizeof(BAD) - 1))
			return true;
	return false;
}

static int rec_write(const char *path, const char *buf, size_t size,
		     off_t offset, struct fuse_file_info *fi)
{
	int r;

	(void)fi;
	if (!is_disk(path)) {
		r = put(RECORD_NOTE, 0, buf, size);
		return r < 0 ? r : (int)size;
	}
	if (offset + (off_t)size > image_size)
		return -ENOSPC;
	if (is_bad(buf, size))
		return -EIO;
	r = put(RECORD_WRITE, offset, buf, size);
	if (r < 0)
		return r;
	memcpy(image + offset, buf, size);
	return (int)size;
}

static int rec_fallocate(const char *path, int mode, off_t offset, off_t size,
			 struct fuse_file_info *fi)
{
	(void)fi;
	if (!is_disk(path) || !(mode & FALLOC_FL_KEEP_SIZE) ||
	    !(mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)))
		return -EOPNOTSUPP;
	if (offset % 512 || size % 512 || offset + size > image_size)
		return -EINVAL;
	memset(image + offset, 0, (size_t)size);
	return put(RECORD_ZERO, offset, NULL, (size_t)size / 512);
}

static int rec_fsync(const char *path, int data, struct fuse_file_info *fi)
{
	(void)data, (void)fi;
	return is_disk(path) ? put(RECORD_FLUSH, 0, NULL, 0) : 0;
}

static const struct fuse_operations operations = {
	.getattr = rec_getattr,
	.open = rec_open,
	.truncate = rec_truncate,
	.read = rec_read,
	.write = rec_write,
	.fallocate = rec_fallocate,
	.fsync = rec_fsync,
};

static int map_image(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	image_size = st.st_size;
	image = mmap(NULL, (size_t)image_size, PROT_READ | PROT_WRITE,
		     MAP_SHARED, fd, 0);
	return image == MAP_FAILED ? -1 : 0;
}

int main(int argc, char **argv)
{
	char single[] = "-s", stay[] = "-f";
	char *args[] = { argv[0], single, stay, argv[argc - 1], NULL };
	int r;

	if (argc != 4) {
		fprintf(stderr, "usage: recorder IMAGE LOG MOUNTPOINT\n");
		return 2;
	}
	if (map_image(argv[1]) < 0) {
		perror(argv[1]);
		return 1;
	}
	records = fopen(argv[2], "we");
	if (!records) {
		perror(argv[2]);
		return 1;
	}
	r = fuse_main(4, args, &operations, NULL);
	if (fclose(records)) {
		perror(argv[2]);
		return 1;
	}
	return r;
}
