/* SPDX-License-Identifier: MIT */
/*
 * set: what one session has read.  No lock of its own.
 */
#ifndef IDEMFS_CORE_LEARN_SET_H
#define IDEMFS_CORE_LEARN_SET_H

#include <uthash.h>

#include "core/learn/learn.h"

enum item_kind {
	ITEM_FILE,
	ITEM_ABSENT,
	ITEM_LINK,
	ITEM_LIST,
	ITEM_CANNOT,
	ITEM_KINDS,
};

struct item {
	UT_hash_handle hh; /* by path, in the table of its kind */
	uint64_t seq;
	unsigned char kind;
	bool shared;  /* of a file: written in place */
	bool own;     /* by learn_collect(): what was there is its own work */
	bool changed; /* likewise: it has changed it later */
	bool mine;    /* likewise, of a file: the content that its inode has */
	bool rewritten; /* likewise: it has another content since */
	uint64_t there; /* likewise: the inode at its path since; 0: not known */
	bool mixed;	/* of a file: others have changed it between two reads,
			 *   or in place */
	union {
		struct {
			struct record_stat st;
			uint64_t dev;
			/* of an absent one, which is a directory that was moved,
			 *   or has no inode number: */
			uint32_t looked; /* so many look-ups */
			uint32_t made;	 /* of these, just to create it */
		} file;
		struct digest target; /* of a link */
		struct {
			char *names;
			size_t size;
			uint64_t count;
		} list;
	};
	char path[];
};

struct set {
	struct item *kinds[ITEM_KINDS];
	size_t count;
	size_t room; /* bytes, as the budget counts them */
	bool full;   /* something was left out */
};

struct item *set_find(const struct set *s, enum item_kind kind,
		      const char *path);
/* Bytes that an item of that path takes. */
size_t set_room(const char *path);
/* A new one, which must not be there; NULL: no memory. */
struct item *set_add(struct set *s, enum item_kind kind, const char *path);
/* Moves the items of @from that are not in @to there, and frees the others. */
void set_merge(struct set *to, struct set *from);
void set_release(struct set *s);

/* The length of the path of the directory that @path is in. */
size_t path_parent(const char *path);

#endif
