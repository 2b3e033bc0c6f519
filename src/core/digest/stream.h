/* SPDX-License-Identifier: MIT */
/*
 * stream: the digest of a file that is written from its beginning to its end,
 * taken as the bytes pass by, so that nothing has to be read again.
 *
 * A write that begins where the one before ended goes on with the stream, any
 * other ends it.  The bytes are written and taken down under one lock: else
 * what is written while the file is emptied could be taken down in the other
 * order.  Other changes of the bytes are told by stream_broken().  Writes that
 * pass by another way leave the stream shorter than the file, and so void.
 *
 * The owner embeds it: stream_init(), from_empty, any of the others by any
 * thread, stream_release().
 */
#ifndef IDEMFS_CORE_DIGEST_STREAM_H
#define IDEMFS_CORE_DIGEST_STREAM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "core/record/record.h"

struct stream {
	pthread_mutex_t *lock; /* const: the owner's, which uses it for more */
	bool from_empty;       /* const: the file begins empty */
	atomic_bool emptied;   /* atomic: it has been, since */
	int64_t bytes;	       /* under lock: in state, or -1 */
	struct XXH3_state_s *state; /* under lock */
};

void stream_init(struct stream *s, pthread_mutex_t *lock);
void stream_release(struct stream *s);

/* Writes to @fd, where the bytes are; @append: behind them, not at @off. */
int stream_write(struct stream *s, int fd, const void *buf, size_t n, off_t off,
		 bool append);
/* Sets their size. */
int stream_truncate(struct stream *s, int fd, off_t size);
/* The bytes were changed in another way. */
void stream_broken(struct stream *s);

/* The digest of all @size bytes; false: it is not known. */
bool stream_digest(struct stream *s, int64_t size, struct digest *ret);

#endif
