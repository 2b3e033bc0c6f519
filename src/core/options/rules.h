/* SPDX-License-Identifier: MIT */
/*
 * rules: which names are written in place (F12).
 *
 * A list of globs, tried in order; the first that matches decides.  A glob
 * that starts with '!' excludes what it matches.  A glob with a '/' in it
 * (other than a trailing one) matches the whole path from the mount's root; one
 * without matches the last component at any depth, as in .gitignore.
 * '*' and '?' do not cross a '/', a component that is just "**" matches any
 * number of components, and [abc], [a-z], [!a-z] and \x work as in the shell.
 * A leading '/' anchors to the mount's root and is otherwise ignored; a
 * trailing one means all that is below a directory of that name.  A character
 * is a UTF-8 one, or a byte that is part of none.
 *
 * Built by rules_add() before threads start; read from any thread after that.
 */
#ifndef IDEMFS_CORE_OPTIONS_RULES_H
#define IDEMFS_CORE_OPTIONS_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define RULES_GLOB_MAX 4096 /* bytes of one glob */
#define RULES_MAX 1024	    /* globs in one list */

struct rules;

struct rules *rules_new(void);
void rules_free(struct rules *r); /* NULL is fine */

/* Adds @glob at the end; -EINVAL with a reason in @err for a bad one. */
int rules_add(struct rules *r, const char *glob, struct err *err);

/* @path: from the mount's root, without a leading '/'. */
bool rules_match(const struct rules *r, const char *path);

/* True if a rule looks at more than the last component. */
bool rules_need_path(const struct rules *r);

size_t rules_count(const struct rules *r);
const char *rules_glob(const struct rules *r, size_t i); /* as it was given */

#endif
