/* SPDX-License-Identifier: MIT */
#include "core/stream.h"

#include <string.h>
#include <xxhash.h>

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

void stream_wrote(struct version *v, const void *buf, size_t n, off_t off)
{
	LOCK_SCOPE(&v->io);
	if (!goes_on(v, off)) {
		v->streamed = -1;
		return;
	}
	XXH3_128bits_update(v->stream, buf, n);
	v->streamed += (int64_t)n;
}

void stream_emptied(struct version *v)
{
	LOCK_SCOPE(&v->io);
	atomic_store(&v->emptied, true);
	v->streamed = v->truncated ? 0 : -1;
	if (v->stream)
		XXH3_128bits_reset(v->stream);
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
