/* SPDX-License-Identifier: MIT */
/*
 * stream: the digest of a version that is written from its beginning to its
 * end, taken as it passes by, so that nobody has to read it again.
 *
 * A write that begins where the one before ended goes on with it, any other
 * ends it.  It is done and noted under one lock: else what is written while
 * the file is emptied may be noted in the other order.  Other changes of a
 * version's bytes are told; writes that do not pass here leave the stream shorter
 * than the file, and so void.
 */
#ifndef IDEMFS_CORE_DIGEST_STREAM_H
#define IDEMFS_CORE_DIGEST_STREAM_H

#include "core/record/record.h"
#include "core/version/version.h"

/* Writes to @fd, where the bytes of @v are; @append: behind them, not at @off. */
int stream_write(struct version *v, int fd, const void *buf, size_t n,
		 off_t off, bool append);
/* Sets their size. */
int stream_truncate(struct version *v, int fd, off_t size);
/* Something else was done to its bytes. */
void stream_broken(struct version *v);

/* The digest of all @size bytes, if it is known. */
bool stream_digest(struct version *v, int64_t size, struct digest *ret);

void stream_free(struct version *v);

#endif
