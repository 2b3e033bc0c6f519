/* SPDX-License-Identifier: MIT */
#include "mount/checkpoints/buffer.h"

#include <string.h>

#include "base/util.h"
#include "idemfs/format.h"
#include "mount/node/handle.h"

int buffer_read(struct request *q, struct handle *h, size_t size, off_t off,
		struct bytes *ret)
{
	char *copy;

	(void)q;
	LOCK_SCOPE(&h->text.lock);
	if (off < 0 || (size_t)off >= h->text.size)
		size = 0;
	else if (size > h->text.size - (size_t)off)
		size = h->text.size - (size_t)off;
	copy = size ? malloc(size) : NULL;
	if (size && !copy)
		return -ENOMEM;
	if (copy)
		memcpy(copy, h->text.bytes + off, size);
	*ret = (struct bytes){ .fd = -1, .text = copy, .size = size };
	return 0;
}

/* Under h->text.lock: what cannot be kept is missing in the note. */
static int resize_locked(struct handle *h, size_t size)
{
	int r = size > IDEMFS_NOTE_MAX ? -EFBIG
				       : handle_resize_text_locked(h, size);

	if (r < 0)
		h->text.lost = r;
	return r;
}

int buffer_write(struct request *q, struct handle *h, const char *buf,
		 size_t size, off_t off, struct fuse_file_info *fi)
{
	size_t end = (size_t)off + size;
	int r = 0;

	(void)q;
	(void)fi;
	LOCK_SCOPE(&h->text.lock);
	if (off < 0 || end < size)
		return -EFBIG;
	if (end > h->text.size)
		r = resize_locked(h, end);
	if (r < 0)
		return r;
	memcpy(h->text.bytes + off, buf, size);
	h->text.edits++;
	return 0;
}

int buffer_truncate(struct handle *h, off_t size)
{
	int r;

	if (size < 0)
		return -EFBIG;
	LOCK_SCOPE(&h->text.lock);
	r = resize_locked(h, (size_t)size);
	if (!r)
		h->text.edits++;
	return r;
}
