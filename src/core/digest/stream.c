/* SPDX-License-Identifier: MIT */
#include "core/digest/stream.h"
#include "core/version/types.h"

#include <string.h>
#include <xxhash.h>

#include "base/sys.h"
#include "base/util.h"

/* Is what comes at @off the next of a version that began empty? */
static bool goes_on(struct version *v, off_t off)
{
	if (!v->truncated || v->streamed != off)
		return false;
	if (!v->stream) {
		v->stream = XXH3_createState();
		if (v->stream)
			XXH3_128bits_reset(v->stream);
	}
	return v->stream != NULL;
}

static void wrote_locked(struct version *v, const void *buf, size_t n,
			 off_t off)
{
	if (!goes_on(v, off)) {
		v->streamed = -1;
		return;
	}
	XXH3_128bits_update(v->stream, buf, n);
	v->streamed += (int64_t)n;
}

int stream_write(struct version *v, int fd, const void *buf, size_t n,
		 off_t off, bool append)
{
	struct stat st;
	int r = 0;

	LOCK_SCOPE(&v->io);
	if (append) {
		r = fstat(fd, &st) < 0 ? -errno : 0;
		off = st.st_size;
	}
	if (!r)
		r = sys_pwrite_all(fd, buf, n, off);
	if (r < 0)
		v->streamed = -1;
	else
		wrote_locked(v, buf, n, off);
	return r;
}

static void emptied_locked(struct version *v)
{
	atomic_store(&v->emptied, true);
	v->streamed = v->truncated ? 0 : -1;
	if (v->stream)
		XXH3_128bits_reset(v->stream);
}

int stream_truncate(struct version *v, int fd, off_t size)
{
	int r;

	LOCK_SCOPE(&v->io);
	r = sys.ftruncate(fd, size);
	if (r < 0 || size)
		v->streamed = -1;
	else
		emptied_locked(v);
	return r;
}

void stream_broken(struct version *v)
{
	LOCK_SCOPE(&v->io);
	v->streamed = -1;
}

bool stream_digest(struct version *v, int64_t size, struct digest *ret)
{
	XXH128_canonical_t canonical;
	XXH128_hash_t hash;

	LOCK_SCOPE(&v->io);
	if (size && (!v->truncated || v->streamed != size))
		return false;
	hash = size ? XXH3_128bits_digest(v->stream) : XXH3_128bits("", 0);
	XXH128_canonicalFromHash(&canonical, hash);
	memcpy(ret->bytes, canonical.digest, sizeof(ret->bytes));
	return true;
}

void stream_free(struct version *v)
{
	XXH3_freeState(v->stream);
}
