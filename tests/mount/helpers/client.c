/* SPDX-License-Identifier: MIT */
/*
 * client DIR MOUNTPOINT LOG: the client of a network filesystem, as FUSE has it.
 *
 * Passes all calls on to DIR, and writes a line into LOG for each that counts
 * for what a server would have:
 *
 *	write PATH, fsync PATH, fsyncdir PATH, rename PATH TO
 *
 * Of a syncfs(2) it hears nothing: the kernel does not pass that on.
 */
#define FUSE_USE_VERSION 314
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <linux/limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

static int root, list;

static int result(long r)
{
	return r < 0 ? -errno : (int)r;
}

static const char *below(const char *path)
{
	return path[1] ? path + 1 : ".";
}

static void note(const char *what, const char *path, const char *to)
{
	char line[3 * PATH_MAX];
	int n = snprintf(line, sizeof(line), "%s %s%s%s\n", what, below(path),
			 to ? " " : "", to ? below(to) : "");

	if (write(list, line, (size_t)n) != n)
		perror("client: log");
}

static int on_getattr(const char *path, struct stat *st,
		      struct fuse_file_info *fi)
{
	if (fi)
		return result(fstat((int)fi->fh, st));
	return result(fstatat(root, below(path), st, AT_SYMLINK_NOFOLLOW));
}

static int on_readlink(const char *path, char *buf, size_t size)
{
	ssize_t n = readlinkat(root, below(path), buf, size - 1);

	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return 0;
}

static int on_mknod(const char *path, mode_t mode, dev_t dev)
{
	return result(mknodat(root, below(path), mode, dev));
}

static int on_mkdir(const char *path, mode_t mode)
{
	return result(mkdirat(root, below(path), mode));
}

static int on_unlink(const char *path)
{
	return result(unlinkat(root, below(path), 0));
}

static int on_rmdir(const char *path)
{
	return result(unlinkat(root, below(path), AT_REMOVEDIR));
}

static int on_symlink(const char *target, const char *path)
{
	return result(symlinkat(target, root, below(path)));
}

static int on_rename(const char *path, const char *to, unsigned int flags)
{
	int r = result(syscall(SYS_renameat2, root, below(path), root,
			       below(to), flags));

	if (!r)
		note("rename", path, to);
	return r;
}

static int on_link(const char *path, const char *to)
{
	return result(linkat(root, below(path), root, below(to), 0));
}

static int on_chmod(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	if (fi)
		return result(fchmod((int)fi->fh, mode));
	return result(fchmodat(root, below(path), mode, 0));
}

static int on_chown(const char *path, uid_t uid, gid_t gid,
		    struct fuse_file_info *fi)
{
	if (fi)
		return result(fchown((int)fi->fh, uid, gid));
	return result(
		fchownat(root, below(path), uid, gid, AT_SYMLINK_NOFOLLOW));
}

static int on_utimens(const char *path, const struct timespec times[2],
		      struct fuse_file_info *fi)
{
	if (fi)
		return result(futimens((int)fi->fh, times));
	return result(utimensat(root, below(path), times, AT_SYMLINK_NOFOLLOW));
}

static int on_open(const char *path, struct fuse_file_info *fi)
{
	int fd = openat(root, below(path), fi->flags | O_CLOEXEC);

	fi->fh = (uint64_t)fd;
	return fd < 0 ? -errno : 0;
}

static int on_create(const char *path, mode_t mode, struct fuse_file_info *fi)
{
	int fd = openat(root, below(path), fi->flags | O_CREAT | O_CLOEXEC,
			mode);

	fi->fh = (uint64_t)fd;
	return fd < 0 ? -errno : 0;
}

static int on_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
	int fd = fi ? (int)fi->fh : openat(root, below(path), O_WRONLY), r;

	if (fd < 0)
		return -errno;
	r = result(ftruncate(fd, size));
	if (!fi)
		close(fd);
	note("write", path, NULL);
	return r;
}

static int on_read(const char *path, char *buf, size_t size, off_t off,
		   struct fuse_file_info *fi)
{
	(void)path;
	return result(pread((int)fi->fh, buf, size, off));
}

static int on_write(const char *path, const char *buf, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	note("write", path, NULL);
	return result(pwrite((int)fi->fh, buf, size, off));
}

static int on_fsync(const char *path, int data, struct fuse_file_info *fi)
{
	(void)data, (void)fi;
	note("fsync", path, NULL);
	return 0;
}

static int on_fsyncdir(const char *path, int data, struct fuse_file_info *fi)
{
	(void)data, (void)fi;
	note("fsyncdir", path, NULL);
	return 0;
}

static int on_release(const char *path, struct fuse_file_info *fi)
{
	(void)path;
	return result(close((int)fi->fh));
}

static int on_statfs(const char *path, struct statvfs *st)
{
	(void)path;
	return result(fstatvfs(root, st));
}

static int on_readdir(const char *path, void *buf, fuse_fill_dir_t fill,
		      off_t off, struct fuse_file_info *fi,
		      enum fuse_readdir_flags flags)
{
	int fd = openat(root, below(path), O_RDONLY | O_DIRECTORY);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	(void)off, (void)fi, (void)flags;
	if (!d)
		return -errno;
	while ((e = readdir(d)))
		fill(buf, e->d_name, NULL, 0, 0);
	closedir(d);
	return 0;
}

static void *on_init(struct fuse_conn_info *conn, struct fuse_config *config)
{
	(void)conn;
	config->use_ino = 1;
	config->hard_remove = 1;
	return NULL;
}

static const struct fuse_operations operations = {
	.init = on_init,
	.getattr = on_getattr,
	.readlink = on_readlink,
	.mknod = on_mknod,
	.mkdir = on_mkdir,
	.unlink = on_unlink,
	.rmdir = on_rmdir,
	.symlink = on_symlink,
	.rename = on_rename,
	.link = on_link,
	.chmod = on_chmod,
	.chown = on_chown,
	.utimens = on_utimens,
	.open = on_open,
	.create = on_create,
	.truncate = on_truncate,
	.read = on_read,
	.write = on_write,
	.fsync = on_fsync,
	.fsyncdir = on_fsyncdir,
	.release = on_release,
	.statfs = on_statfs,
	.readdir = on_readdir,
};

int main(int argc, char **argv)
{
	char single[] = "-s", stay[] = "-f";
	char *args[] = { argv[0], single, stay, argv[argc - 1], NULL };

	if (argc != 4) {
		fprintf(stderr, "usage: client DIR MOUNTPOINT LOG\n");
		return 2;
	}
	root = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
	list = open(argv[3],
		    O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	if (root < 0 || list < 0) {
		perror("client");
		return 1;
	}
	args[3] = argv[2];
	umask(0);
	return fuse_main(4, args, &operations, NULL);
}
