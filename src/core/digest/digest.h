/* SPDX-License-Identifier: MIT */
/*
 * digest: XXH3-128 of the bytes of a file.
 */
#ifndef IDEMFS_CORE_DIGEST_DIGEST_H
#define IDEMFS_CORE_DIGEST_DIGEST_H

#include <stdatomic.h>
#include <stdbool.h>

#include "core/record/record.h"

/* So many bytes of holes are read at most for a mark, or a note: some seconds. */
#define DIGEST_HOLES_MAX ((int64_t)64 << 30)

/*
 * Of all bytes that @fd has from its beginning to its end, and how many there
 * were.  Its position is not used, but may be changed: holes are looked for, and
 * not read.
 */
int digest_file(int fd, struct digest *ret, int64_t *ret_size);
/*
 * Likewise of a file that has a name: -EINTR soon after *@stop or *@also is set
 * (NULL: never), -ESTALE soon after it has none any more.
 */
int digest_file_until(int fd, const atomic_bool *stop, const atomic_bool *also,
		      struct digest *ret, int64_t *ret_size);
/*
 * Likewise: -EFBIG when there are more than @holes bytes of holes, before they
 * are read; so it ends, whatever anybody does to the file meanwhile.
 */
int digest_file_within(int fd, int64_t holes, struct digest *ret,
		       int64_t *ret_size);
/* Of the bytes from @from on; their number. */
int digest_from(int fd, int64_t from, struct digest *ret, int64_t *ret_size);
/*
 * Likewise of what the disk has, not the page cache, as far as the filesystem
 * reads past that (O_DIRECT), or drops what is clean in it.
 */
int digest_disk(int fd, const atomic_bool *stop, struct digest *ret,
		int64_t *ret_size);
/*
 * Of a file that is small and in memory: false where it is not, or has not
 * @size bytes.  Waits for no disk; reads by way of @fd no longer set its atime.
 */
bool digest_cached(int fd, int64_t size, struct digest *ret);

#endif
