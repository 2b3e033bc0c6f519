/* SPDX-License-Identifier: MIT */
/*
 * digest: XXH3-128 of the bytes of a file.
 */
#ifndef IDEMFS_CORE_DIGEST_DIGEST_H
#define IDEMFS_CORE_DIGEST_DIGEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <xxhash.h>

#include "core/record/record.h"

/* At most so many bytes of holes are hashed for a mark or a promise. */
#define DIGEST_HOLES_MAX ((int64_t)64 << 30)

/*
 * The digest of all bytes of @fd, and how many there were.  The position of @fd
 * is not used, but may change: holes are looked for, and not read.
 */
int digest_file(int fd, struct digest *ret, int64_t *ret_size);
/*
 * Likewise of a file that has a name: -EINTR soon after *@stop or *@also is set
 * (NULL: never), -ESTALE soon after it has none any more.
 */
int digest_file_until(int fd, const atomic_bool *stop, const atomic_bool *also,
		      struct digest *ret, int64_t *ret_size);
/*
 * Likewise; -EFBIG when there are more than @holes bytes of holes, before they
 * are read.  So it ends, whatever happens to the file meanwhile.
 */
int digest_file_within(int fd, int64_t holes, struct digest *ret,
		       int64_t *ret_size);
/* Of the bytes from @from on, and their number. */
int digest_from(int fd, int64_t from, struct digest *ret, int64_t *ret_size);
/*
 * Likewise of the bytes on the disk, not those in the page cache, if the
 * filesystem can read past that (O_DIRECT) or drops clean pages when asked.
 */
int digest_disk(int fd, const atomic_bool *stop, struct digest *ret,
		int64_t *ret_size);
/*
 * Of a small file that is in memory.  False when it is not, or does not have
 * @size bytes.  It waits for no disk.  Later reads by @fd do not set the atime.
 */
bool digest_cached(int fd, int64_t size, struct digest *ret);

/* Of bytes in memory; and what XXH3-128 has made of any. */
struct digest digest_bytes(const void *bytes, size_t n);
struct digest digest_hash(XXH128_hash_t hash);
/*
 * Of the target of the symbolic link @fd, an O_PATH descriptor.  -ENAMETOOLONG
 * when it has PATH_MAX bytes or more.
 */
int digest_link(int fd, struct digest *ret);

#endif
