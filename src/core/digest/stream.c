/* SPDX-License-Identifier: MIT */
#include "core/digest/stream.h"

#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/digest/digest.h"

void stream_init(struct stream *s, pthread_mutex_t *lock)
{
	*s = (struct stream){ .lock = lock };
}

/* Do bytes at @off go on with the stream of a file that began empty? */
static bool goes_on(struct stream *s, off_t off)
{
	if (!s->from_empty || s->bytes != off)
		return false;
	if (!s->state) {
		s->state = XXH3_createState();
		if (s->state)
			XXH3_128bits_reset(s->state);
	}
	return s->state != NULL;
}

static void wrote_locked(struct stream *s, const void *buf, size_t n, off_t off)
{
	if (!goes_on(s, off)) {
		s->bytes = -1;
		return;
	}
	XXH3_128bits_update(s->state, buf, n);
	s->bytes += (int64_t)n;
}

int stream_write(struct stream *s, int fd, const void *buf, size_t n, off_t off,
		 bool append)
{
	struct stat st;
	int r = 0;

	LOCK_SCOPE(s->lock);
	if (append) {
		r = fstat(fd, &st) < 0 ? -errno : 0;
		off = st.st_size;
	}
	if (!r)
		r = sys_pwrite_all(fd, buf, n, off);
	if (r < 0)
		s->bytes = -1;
	else
		wrote_locked(s, buf, n, off);
	return r;
}

static void emptied_locked(struct stream *s)
{
	atomic_store(&s->emptied, true);
	s->bytes = s->from_empty ? 0 : -1;
	if (s->state)
		XXH3_128bits_reset(s->state);
}

int stream_truncate(struct stream *s, int fd, off_t size)
{
	int r;

	LOCK_SCOPE(s->lock);
	r = sys.ftruncate(fd, size);
	if (r < 0 || size)
		s->bytes = -1;
	else
		emptied_locked(s);
	return r;
}

void stream_broken(struct stream *s)
{
	LOCK_SCOPE(s->lock);
	s->bytes = -1;
}

bool stream_digest(struct stream *s, int64_t size, struct digest *ret)
{
	LOCK_SCOPE(s->lock);
	if (size && (!s->from_empty || s->bytes != size))
		return false;
	*ret = size ? digest_hash(XXH3_128bits_digest(s->state))
		    : digest_bytes("", 0);
	return true;
}

void stream_release(struct stream *s)
{
	XXH3_freeState(s->state);
}
