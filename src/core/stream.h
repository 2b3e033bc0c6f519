/* SPDX-License-Identifier: MIT */
/*
 * stream: the digest of a version that is written from its beginning to its
 * end, taken as it passes by, so that nobody has to read it again.
 *
 * Each change of a version's bytes is told: a write that begins where the one
 * before ended goes on with it, any other ends it.  Writes that do not pass
 * here leave it shorter than the file, and so void.
 */
#ifndef IDEMFS_CORE_STREAM_H
#define IDEMFS_CORE_STREAM_H

#include "core/record.h"
#include "core/version.h"

/* These bytes are written. */
void stream_wrote(struct version *v, const void *buf, size_t n, off_t off);
/* It is empty again. */
void stream_emptied(struct version *v);
/* Something else was done to its bytes. */
void stream_broken(struct version *v);

/* The digest of all @size bytes, if it is known. */
bool stream_digest(struct version *v, int64_t size, struct digest *ret);

void stream_free(struct version *v);

#endif
