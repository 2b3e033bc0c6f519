/* SPDX-License-Identifier: MIT */
#include "core/digest/digest.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "base/sys.h"
#include "base/util.h"

#define SMALL ((size_t)16384)	/* read in one piece, on the stack */
#define CHUNK ((size_t)1 << 18) /* fits into a cache of a processor */
#define SECTOR ((size_t)4096)	/* the strictest alignment that a disk wants */

struct digest digest_hash(XXH128_hash_t hash)
{
	XXH128_canonical_t c;
	struct digest d;

	XXH128_canonicalFromHash(&c, hash);
	memcpy(d.bytes, c.digest, sizeof(d.bytes));
	return d;
}

struct digest digest_bytes(const void *bytes, size_t n)
{
	return digest_hash(XXH3_128bits(bytes, n));
}

int digest_link(int fd, struct digest *ret)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof(target));

	if (n < 0)
		return -errno;
	if ((size_t)n == sizeof(target))
		return -ENAMETOOLONG;
	*ret = digest_bytes(target, (size_t)n);
	return 0;
}

/* When to give up. */
struct stops {
	const atomic_bool *one, *other; /* or NULL */
	bool unlinked;			/* when it has no name any more */
	int64_t holes;			/* bytes of them, or 0 */
};

static int check_stops(const struct stops *s, int fd)
{
	struct stat st;

	if ((s->one && atomic_load(s->one)) ||
	    (s->other && atomic_load(s->other)))
		return -EINTR;
	if (!s->unlinked)
		return 0;
	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_nlink ? 0 : -ESTALE;
}

/* The length of the hole at @at; 0 if the filesystem does not tell. */
static int64_t hole_at(int fd, int64_t at)
{
	off_t data = lseek(fd, (off_t)at, SEEK_DATA);
	struct stat st;

	if (data < 0 && errno == ENXIO && fstat(fd, &st) == 0)
		data = st.st_size;
	return data > at ? data - at : 0;
}

static int hash_hole(int fd, const struct stops *stops, XXH3_state_t *state,
		     int64_t size)
{
	static const char zeros[SMALL];

	for (int64_t done = 0, n; done < size; done += n) {
		int r = done % CHUNK ? 0 : check_stops(stops, fd);

		if (r < 0)
			return r;
		n = size - done < (int64_t)SMALL ? size - done : (int64_t)SMALL;
		XXH3_128bits_update(state, zeros, (size_t)n);
	}
	return 0;
}

static int hash_chunks(int fd, int64_t from, const struct stops *stops,
		       XXH3_state_t *state, char *buf, int64_t *ret_size)
{
	int64_t size = 0, holes = 0, hole;
	ssize_t n;
	int r;

	do {
		hole = hole_at(fd, from + size);
		holes += hole;
		if (stops->holes && holes > stops->holes)
			return -EFBIG;
		r = hash_hole(fd, stops, state, hole);
		if (!r)
			r = check_stops(stops, fd);
		if (r < 0)
			return r;
		size += hole;
		n = sys_pread_all(fd, buf, CHUNK, (off_t)(from + size));
		if (n < 0)
			return (int)n;
		XXH3_128bits_update(state, buf, (size_t)n);
		size += n;
	} while ((size_t)n == CHUNK);
	*ret_size = size;
	return 0;
}

static int digest_big(int fd, int64_t from, const struct stops *stops,
		      struct digest *ret, int64_t *ret_size)
{
	XXH3_state_t *state = XXH3_createState();
	auto_free char *buf = malloc(CHUNK);
	int r = state && buf ? 0 : -ENOMEM;

	if (!r) {
		XXH3_128bits_reset(state);
		r = hash_chunks(fd, from, stops, state, buf, ret_size);
	}
	if (!r)
		*ret = digest_hash(XXH3_128bits_digest(state));
	XXH3_freeState(state);
	return r;
}

static int digest_range(int fd, int64_t from, const struct stops *stops,
			struct digest *ret, int64_t *ret_size)
{
	char buf[SMALL];
	ssize_t n = sys_pread_all(fd, buf, sizeof(buf), (off_t)from);

	if (n < 0)
		return (int)n;
	if ((size_t)n == sizeof(buf))
		return digest_big(fd, from, stops, ret, ret_size);
	*ret = digest_hash(XXH3_128bits(buf, (size_t)n));
	*ret_size = n;
	return 0;
}

int digest_file_until(int fd, const atomic_bool *stop, const atomic_bool *also,
		      struct digest *ret, int64_t *ret_size)
{
	const struct stops stops = { stop, also, .unlinked = true };

	return digest_range(fd, 0, &stops, ret, ret_size);
}

int digest_file_within(int fd, int64_t holes, struct digest *ret,
		       int64_t *ret_size)
{
	const struct stops stops = { .holes = holes };

	return digest_range(fd, 0, &stops, ret, ret_size);
}

int digest_from(int fd, int64_t from, struct digest *ret, int64_t *ret_size)
{
	return digest_range(fd, from, &(struct stops){ 0 }, ret, ret_size);
}

int digest_file(int fd, struct digest *ret, int64_t *ret_size)
{
	return digest_from(fd, 0, ret, ret_size);
}

/* Only the last read may end within a sector. */
static int hash_sectors(int fd, const atomic_bool *stop, XXH3_state_t *state,
			char *buf, int64_t *ret_size)
{
	int64_t size = 0;
	ssize_t n;

	XXH3_128bits_reset(state);
	do {
		if (stop && atomic_load(stop))
			return -EINTR;
		n = pread(fd, buf, CHUNK, (off_t)size);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			continue;
		XXH3_128bits_update(state, buf, (size_t)n);
		size += n;
	} while (n < 0 || (n && !((size_t)n % SECTOR)));
	*ret_size = size;
	return 0;
}

int digest_disk(int fd, const atomic_bool *stop, struct digest *ret,
		int64_t *ret_size)
{
	XXH3_state_t *state = XXH3_createState();
	auto_free char *buf = aligned_alloc(SECTOR, CHUNK);
	auto_fd direct = -1;
	char path[32];
	int r = -EINVAL;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	direct = open(path, O_RDONLY | O_DIRECT | O_NONBLOCK | O_CLOEXEC);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	if (!state || !buf)
		r = -ENOMEM;
	else if (direct >= 0)
		r = hash_sectors(direct, stop, state, buf, ret_size);
	if (r == -EINVAL)
		r = hash_sectors(fd, stop, state, buf, ret_size);
	if (!r)
		*ret = digest_hash(XXH3_128bits_digest(state));
	XXH3_freeState(state);
	return r;
}

bool digest_cached(int fd, int64_t size, struct digest *ret)
{
	char buf[SMALL];
	struct iovec v = { buf, sizeof(buf) };

	/* O_NOATIME: our read does not count as one. */
	if (size >= (int64_t)sizeof(buf) || fcntl(fd, F_SETFL, O_NOATIME) < 0 ||
	    preadv2(fd, &v, 1, 0, RWF_NOWAIT) != size)
		return false;
	*ret = digest_hash(XXH3_128bits(buf, (size_t)size));
	return true;
}
