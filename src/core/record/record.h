/* SPDX-License-Identifier: MIT */
/*
 * record: what has become of one path, written as the lines of
 * include/idemfs/format.h.
 *
 * The codec is pure, allocates nothing, and has a bound on all it reads.
 */
#ifndef IDEMFS_CORE_RECORD_RECORD_H
#define IDEMFS_CORE_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
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
	/* What a step has read, and found while it ran: */
	RECORD_LEARNED,	  /* a file that it read */
	RECORD_UNLEARNED, /* likewise, of which the digest is not known */
	RECORD_ABSENT,	  /* a name that it looked for, and was not there */
	RECORD_LISTED,	  /* a directory whose names it read */
	RECORD_LINKED,	  /* a symbolic link that it followed */
	RECORD_FOLDED,	  /* a directory of which it read many files */
	RECORD_SELF,	  /* a file that it read first and changed later */
	RECORD_CANNOT,	  /* read, and cannot be told of */
};

/* What tells one content of a file from another. */
struct record_stat {
	int64_t size;
	struct timespec mtime;
	uint64_t ino;
};

struct record_stat record_stat_of(const struct stat *st);
bool record_stat_equal(const struct record_stat *a,
		       const struct record_stat *b);
/* Does @st say the same? */
bool record_stat_is(const struct record_stat *a, const struct stat *st);

struct digest {
	unsigned char bytes[16]; /* most significant first */
};

struct record {
	enum record_kind kind;
	uint64_t seq;
	const char *path;
	const char *to;	       /* of MOVED */
	struct record_stat st; /* of FILE, INPUT, UNREAD, LEARNED, UNLEARNED */
	struct digest digest;  /* of FILE, INPUT, LEARNED; of names in LISTED,
				*   names and contents in FOLDED, the target
				*   in LINKED */
	uint64_t count;	       /* of LISTED, FOLDED: so many names */
	mode_t type;	       /* of NODE: S_IFMT bits, not S_IFREG */
	uint64_t session; /* the session that has changed it; 0: none.  In no
			   *   line of its own */
	bool kept; /* of FILE, UNREAD: the content was there before, and only
		    *   its name or times are new.  Likewise */
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

/* Does @r tell of the tree, and not of what a step has read of it? */
bool record_is_change(enum record_kind kind);
/* Is it what a step was seen to read (RECORD_LEARNED and later)? */
bool record_is_learned(enum record_kind kind);

/* Can every version of xxhsum read the line of @r? */
int record_is_plain(const struct record *r);

/* 32 digits and a NUL. */
#define DIGEST_TEXT 33
void digest_text(const struct digest *d, char out[DIGEST_TEXT]);
int digest_parse(const char *text, struct digest *ret); /* -EBADMSG */

/* Reads "SECONDS.NNNNNNNNN" at @p, within @n bytes.  Its length, or 0. */
size_t record_parse_time(const char *p, size_t n, struct timespec *ret);

#endif
