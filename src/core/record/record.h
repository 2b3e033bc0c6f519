/* SPDX-License-Identifier: MIT */
/*
 * record: what has become of one path, written as the lines of
 * include/idemfs/format.h.
 *
 * The codec is pure, allocates nothing, and has a bound on all it reads.
 */
#ifndef IDEMFS_CORE_RECORD_RECORD_H
#define IDEMFS_CORE_RECORD_RECORD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "idemfs/format.h"

enum record_kind {
	RECORD_NONE,
	RECORD_FILE,
	RECORD_INPUT,
	RECORD_UNREAD,
	RECORD_NODE,
	RECORD_GONE,
	RECORD_MOVED,
	RECORD_INPLACE,
};

/* What tells one content of a file from another. */
struct record_stat {
	int64_t size;
	struct timespec mtime;
	uint64_t ino;
};

struct digest {
	unsigned char bytes[16]; /* most significant first */
};

struct record {
	enum record_kind kind;
	uint64_t seq;
	const char *path;
	const char *to;	       /* of MOVED */
	struct record_stat st; /* of FILE, INPUT, UNREAD */
	struct digest digest;  /* of FILE, INPUT */
	mode_t type;	       /* of NODE: S_IFMT bits, not S_IFREG */
	uint64_t session; /* the session that has changed it; 0: none.  In no
			   *   line of its own */
};

/* record_encode() writes at most this many bytes. */
#define RECORD_MAX (2 * IDEMFS_LINE_MAX)

/* Writes the lines of @r.  Their length, or -ENAMETOOLONG for a long path. */
ssize_t record_encode(const struct record *r, char out[RECORD_MAX]);

/*
 * Takes one line at a time (@n bytes, without its newline).  Returns 1 when
 * *ret is a record, whose strings are in @d, 0 when the record is not complete
 * yet or the line is to be passed over, or -EBADMSG.
 */
struct record_decoder {
	struct record half; /* its second line is still to come */
	char path[IDEMFS_PATH_MAX + 1];
	char to[IDEMFS_PATH_MAX + 1];
};
int record_decode(struct record_decoder *d, const char *line, size_t n,
		  struct record *ret);

/* Can every version of xxhsum read the line of @r? */
int record_is_plain(const struct record *r);

/* 32 digits and a NUL. */
#define DIGEST_TEXT 33
void digest_text(const struct digest *d, char out[DIGEST_TEXT]);
int digest_parse(const char *text, struct digest *ret); /* -EBADMSG */

/* Reads "SECONDS.NNNNNNNNN" at @p, within @n bytes.  Its length, or 0. */
size_t record_parse_time(const char *p, size_t n, struct timespec *ret);

#endif
