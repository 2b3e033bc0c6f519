/* SPDX-License-Identifier: MIT */
/*
 * option: one option, in one row: how it is written, where its value goes, and
 * what --help, the manual page and the completions say of it.
 *
 * Options are an array of rows, which ends with an empty one, and a struct that
 * takes the values.  There is no other list of them:
 *
 *	option_set()       reads a value into that struct
 *	option_print()     writes what is in force, as option_set() reads it
 *	option_find()      the row of a key
 *	cli/args/command.h makes --help and the parser of the command line from rows
 *	tools/check-manual writes the manual's list and the completions from them
 *
 * `help` may have several lines; the first fits behind the key, 55 columns wide.
 * `manual` is one paragraph of plain text: `this` is bold there, <this> is in
 * italics, and what looks like close(2) becomes a reference.
 */
#ifndef IDEMFS_CORE_OPTIONS_OPTION_H
#define IDEMFS_CORE_OPTIONS_OPTION_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

enum option_kind {
	OPTION_SWITCH, /* bool; takes no value */
	OPTION_TEXT,   /* const char *: the caller's text, not a copy */
	OPTION_LIST,   /* struct option_list; may be given often */
	OPTION_TIME,   /* int64_t, in ms */
	OPTION_CHOICE, /* an enum: one of words */
	OPTION_OWN,    /* by set() and print() of the row */
};

struct option_word {
	const char *word;
	unsigned int value;
};

/* Values in the order given; the caller's texts, and the array to be freed. */
struct option_list {
	const char **items;
	size_t count;
};

struct option_row {
	const char *key; /* "in-place"; NULL: it has a letter alone */
	char letter;	 /* as in -f; '\0': none */
	enum option_kind kind;
	size_t at;	      /* offset of its value in the struct */
	const char *argument; /* "GLOB", for people; NULL: takes no value */
	const struct option_word *words; /* that it may be; ends with NULL */
	const char *initial;		 /* the value without it; NULL: none */
	int (*set)(void *into, const char *value, struct err *err);
	void (*print)(const void *from, FILE *out); /* "key value\n" lines */
	const char *only; /* the subcommand that takes it; NULL: all do */
	const char *help, *manual; /* NULL: says nothing there */
};

/*
 * Reads @value, "" or NULL for none, into the struct @into.  -EINVAL: a bad
 * value, with one line in @err that says what would be right; or -ENOMEM.
 */
int option_set(const struct option_row *o, void *into, const char *value,
	       struct err *err);

void option_print(const struct option_row *o, const void *from, FILE *out);

/* '_' and '-' are the same in a key.  NULL: there is none. */
const struct option_row *option_find(const struct option_row *rows,
				     const char *key);

/* The word of a choice. */
const char *option_word(const struct option_word *words, unsigned int value);

/* --- values ---------------------------------------------------------------- */

/* "5", "0.5", "5s", "200ms", "2m", "1h", "14d" in milliseconds, or -EINVAL. */
int64_t option_duration(const char *value);

/* "4096", "500M", "1.5G" in bytes, or -EINVAL. */
int64_t option_size(const char *value);

/* Decimal digits at *p, at most @max, and moves on; -1 when there are none. */
int64_t option_number(const char **p, int64_t max);

/* "5", "0.5": seconds, as option_duration() reads them. */
void option_put_seconds(FILE *out, int64_t ms);

#endif
