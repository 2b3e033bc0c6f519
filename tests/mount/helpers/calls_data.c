/* SPDX-License-Identifier: MIT */
/* calls: what is in files: reading, writing, sizes and holes (calls.h). */
#include "calls.h"

#include <linux/falloc.h>
#include <linux/fs.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

static char buf[1 << 16];

/* Size, a sum of the bytes, and where data and holes are, as seen by lseek. */
static void sum(const char *path)
{
	int fd = open(path, O_RDONLY);
	unsigned long h = 0;
	off_t size = lseek(fd, 0, SEEK_END);
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++)
			h = h * 31 + (unsigned char)buf[i];
	printf("  %s: %lld bytes, sum %016lx\n", path, (long long)size, h);
	close(fd);
}

static void reads_and_writes(void)
{
	struct iovec v[2] = { { buf, 3 }, { buf + 10, 4 } };
	int fd;

	memcpy(buf, "abcdefghijklmnopqrstuvwxyz", 26);
	FD(fd, open("rw", O_RDWR | O_CREAT | O_TRUNC, 0644));
	T(write(fd, buf, 26));
	T(pwrite(fd, "XY", 2, 5));
	T(writev(fd, v, 2));
	T(pwritev(fd, v, 2, 100));
	T(pwritev2(fd, v, 1, -1, RWF_APPEND));
	T(pwritev2(fd, v, 1, 0, RWF_DSYNC));
	T(pwritev2(fd, v, 1, 0, RWF_SYNC));
	T(pwritev2(fd, v, 1, 0, 1 << 20));
	T(preadv2(fd, v, 2, 0, 0));
	T(pread(fd, buf + 100, 50, 99));
	T(lseek(fd, 0, SEEK_CUR));
	T(pwrite(fd, "x", 1, -1));
	T(lseek(fd, 1000, SEEK_SET));
	T(read(fd, buf, 10));
	T(write(fd, "far", 3));
	T(ftruncate(fd, 10));
	T(pread(fd, buf, 100, 0));
	T(ftruncate(fd, 20));
	T(pread(fd, buf, 100, 0));
	T(ftruncate(fd, -1));
	T(close(fd));
	sum("rw");
	FD(fd, open("rw", O_RDWR | O_APPEND));
	T(pwrite(fd, "end", 3, 0));
	T(lseek(fd, 0, SEEK_CUR));
	T(write(fd, "END", 3));
	T(lseek(fd, 0, SEEK_CUR));
	T(close(fd));
	sum("rw");
	T(truncate("rw", 5));
	T(truncate("rw", -1));
	T(truncate("none", 0));
	T(truncate(".", 0));
	T(truncate("rw/x", 0));
	sum("rw");
}

static void big(void)
{
	struct rlimit limit = { 1 << 20, RLIM_INFINITY };
	const off_t far = 5000000000000;
	int fd;

	FD(fd, open("big", O_RDWR | O_CREAT, 0644));
	T(pwrite(fd, "far away", 8, far));
	T(lseek(fd, 0, SEEK_END));
	T(pread(fd, buf, 8, far));
	T(pread(fd, buf, 8, far - 8));
	T(lseek(fd, 0, SEEK_DATA) == far / 4096 * 4096);
	T(lseek(fd, 0, SEEK_HOLE));
	T(ftruncate(fd, (off_t)1 << 33));
	T(lseek(fd, 0, SEEK_END));
	T(lseek(fd, 0, SEEK_DATA));
	T(pwrite(fd, "x", 1, ((off_t)1 << 32) - 1));
	T(pwrite(fd, "yz", 2, (off_t)1 << 32));
	T(pread(fd, buf, 10, ((off_t)1 << 32) - 2));
	T(ftruncate(fd, 1));
	setrlimit(RLIMIT_FSIZE, &limit);
	signal(SIGXFSZ, SIG_IGN);
	T(pwrite(fd, buf, 4096, (1 << 20) - 10));
	T(pwrite(fd, buf, 4096, 1 << 20));
	T(ftruncate(fd, (1 << 20) + 1));
	T(fallocate(fd, 0, 0, 2 << 20));
	T(truncate("big", 2 << 20));
	limit.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &limit);
	T(close(fd));
	S("big");
	T(unlink("big"));
}

static void holes_of(int fd)
{
	off_t at = 0, end = lseek(fd, 0, SEEK_END);

	while (at < end) {
		off_t data = lseek(fd, at, SEEK_DATA);
		off_t hole = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);

		if (data < 0)
			break;
		printf("  data %lld to %lld\n", (long long)data,
		       (long long)hole);
		at = hole;
	}
	printf("  end %lld\n", (long long)end);
}

static void holes(void)
{
	int fd;

	memset(buf, 'h', sizeof(buf));
	FD(fd, open("holes", O_RDWR | O_CREAT, 0644));
	T(pwrite(fd, buf, 65536, 65536));
	T(pwrite(fd, buf, 65536, 4 * 65536));
	T(ftruncate(fd, 6 * 65536));
	T(fsync(fd));
	holes_of(fd);
	T(lseek(fd, 6 * 65536, SEEK_DATA));
	T(lseek(fd, 6 * 65536, SEEK_HOLE));
	T(lseek(fd, -1, SEEK_DATA));
	T(close(fd));
	/* An update of a part, which begins from a copy. */
	FD(fd, open("holes", O_RDWR));
	T(pwrite(fd, "x", 1, 65536));
	T(fsync(fd));
	holes_of(fd);
	T(close(fd));
	sum("holes");
}

static void falloc(int fd, const char *what, int mode, off_t at, off_t length)
{
	struct stat st;

	printf("%s %lld+%lld ", what, (long long)at, (long long)length);
	T(fallocate(fd, mode, at, length));
	if (fstat(fd, &st) == 0)
		printf("  size %lld\n", (long long)st.st_size);
}

static void allocate(void)
{
	int fd;

	memset(buf, 'a', sizeof(buf));
	FD(fd, open("alloc", O_RDWR | O_CREAT, 0644));
	T(write(fd, buf, 65536));
	falloc(fd, "plain", 0, 0, 100000);
	falloc(fd, "keep size", FALLOC_FL_KEEP_SIZE, 100000, 100000);
	falloc(fd, "punch", FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096,
	       8192);
	falloc(fd, "punch alone", FALLOC_FL_PUNCH_HOLE, 0, 4096);
	falloc(fd, "zero", FALLOC_FL_ZERO_RANGE, 20000, 1000);
	falloc(fd, "zero, keep", FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
	       90000, 50000);
	falloc(fd, "nothing", 0, 0, 0);
	falloc(fd, "before", 0, -1, 10);
	falloc(fd, "beyond", 0, 0x7fffffffffffffff, 10);
	falloc(fd, "unknown", 0x8000, 0, 10);
	T(posix_fallocate(fd, 0, 200000));
	T(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
	T(readahead(fd, 0, 4096));
	T(sync_file_range(fd, 0, 4096, SYNC_FILE_RANGE_WRITE));
	T(close(fd));
	sum("alloc");
}

static void copies(void)
{
	off_t in = 10, out = 5;
	int from, to, pipes[2];

	memset(buf, 'c', 1000);
	put("from", "0123456789abcdefghij");
	FD(from, open("from", O_RDONLY));
	FD(to, open("to", O_RDWR | O_CREAT, 0644));
	T(copy_file_range(from, NULL, to, NULL, 5, 0));
	T(copy_file_range(from, &in, to, &out, 100, 0));
	T(copy_file_range(from, &in, to, &out, 100, 0));
	T(copy_file_range(from, NULL, to, NULL, 1, 1));
	T(copy_file_range(to, NULL, from, NULL, 1, 0));
	in = 0, out = 2;
	T(copy_file_range(to, &in, to, &out, 10, 0));
	T(lseek(to, 0, SEEK_END));
	in = 3;
	T(sendfile(to, from, &in, 4));
	T(pipe(pipes));
	T(splice(from, &in, pipes[1], NULL, 5, 0));
	T(splice(pipes[0], NULL, to, NULL, 5, 0));
	T(close(to));
	CAT("to");
	T(close(from));
	close(pipes[0]);
	close(pipes[1]);
}

static void mappings(void)
{
	char *p;
	int fd;

	put("map", rep('m', 5000));
	FD(fd, open("map", O_RDWR));
	p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	T(p == MAP_FAILED);
	p[0] = 'M', p[4999] = 'M';
	T(msync(p, 8192, MS_SYNC));
	T(pread(fd, buf, 1, 4999));
	printf("  \"%c%c\"\n", buf[0], p[5000] + '0');
	T(pwrite(fd, "w", 1, 1));
	printf("  \"%.3s\"\n", p);
	T(ftruncate(fd, 100));
	printf("  \"%c\"\n", p[100] + '0');
	T(madvise(p, 8192, MADV_DONTNEED));
	T(munmap(p, 8192));
	T(close(fd));
	sum("map");
	FD(fd, open("map", O_RDONLY));
	T(mmap(NULL, 10, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	p = mmap(NULL, 10, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	T(p == MAP_FAILED);
	p[0] = 'P';
	T(munmap(p, 10));
	T(close(fd));
	FD(fd, open("map", O_WRONLY));
	T(mmap(NULL, 10, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
	T(close(fd));
	sum("map");
}

static void directly(void)
{
	void *page = NULL;
	int fd;

	T(posix_memalign(&page, 4096, 8192));
	memset(page, 'd', 8192);
	FD(fd, open("direct", O_RDWR | O_CREAT | O_DIRECT, 0644));
	T(pwrite(fd, page, 8192, 0));
	T(pread(fd, page, 4096, 4096));
	T(pread(fd, page, 4096, 8192));
	T(ftruncate(fd, 5000));
	T(pread(fd, page, 4096, 4096));
	T(fsync(fd));
	T(close(fd));
	sum("direct");
	free(page);
}

int main(void)
{
	umask(022);
	reads_and_writes();
	big();
	holes();
	allocate();
	copies();
	mappings();
	directly();
	return 0;
}
