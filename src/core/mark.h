/* SPDX-License-Identifier: MIT */
/*
 * mark: the file that says a step is done.
 *
 * A mark is a file below .idemfs/marks whose path is the mark's name.  It holds
 * the manifest, text that is closed by its own digest, and after it the note,
 * the bytes that a script wrote into the mark, if it did:
 *
 *	# idemfs-mark 1 SIZE
 *	# name x.done
 *	# time 1763890000.123456789 2026-11-23T09:26:40Z
 *	# host h
 *	# user 1000
 *	# pid 4711
 *	# command touch .checkpoints/x.done
 *	# digest 0123456789abcdef0123456789abcdef
 *
 * SIZE, always ten digits, is the length of the manifest in bytes, its first
 * and last line included; the digest is XXH3-128 of all lines before it.
 * What is read from a mark is the note, or the manifest when there is none.
 *
 * The codec is pure; bounded in all it reads.
 */
#ifndef IDEMFS_CORE_MARK_H
#define IDEMFS_CORE_MARK_H

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#define MARK_FORMAT 1
#define MARK_HEAD 27		/* bytes of the first line */
#define MARK_NOTE_MAX (1 << 20) /* bytes of a note */
#define MARK_LINE_MAX 65536	/* bytes of one line of a manifest */

struct mark {
	char *name;
	char *host;
	char *command;
	uid_t user;
	pid_t pid;
	struct timespec time;
};

void mark_release(struct mark *m);

/* The manifest, malloc'ed and NUL-terminated; NULL when out of memory. */
char *mark_encode(const struct mark *m);

/*
 * -EBADMSG when @text (@size bytes) is no mark, is cut short, or its digest
 * is wrong; -EPROTO when its format is newer.  *ret_manifest is the length of
 * the manifest; the note is what follows.
 */
int mark_decode(const char *text, size_t size, struct mark *ret,
		size_t *ret_manifest);

/* The length of the manifest, from the first MARK_HEAD bytes. */
int mark_parse_head(const char *head, size_t size, size_t *ret_manifest);

#endif
