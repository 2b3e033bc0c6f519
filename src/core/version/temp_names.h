/* SPDX-License-Identifier: MIT */
/*
 * temp_names: the temp of a version, by all the names that it has.
 */
#ifndef IDEMFS_CORE_VERSION_TEMP_NAMES_H
#define IDEMFS_CORE_VERSION_TEMP_NAMES_H

#include "core/temp/temp.h"
#include "core/version/version.h"

/* Makes the temp of @v, with @content, if it has none; a tail is filled. */
int version_materialize(struct version *v, enum temp_content content);
/*
 * Notes in the journal that @v was closed, for each name; or (NULL) not yet.
 * Holds its names.
 */
int version_note_temps(struct version *v, const struct journal_note *note);
/* Likewise for the first name alone, of a version that is (was) a tail. */
int version_note_tail(struct version *v, const struct journal_note *note);
/*
 * Puts a copy in the place of the temp, by all its names, and temp.copy on that:
 * whatever else knows the old file has it to itself.  Holds its names, though not
 * while it copies.
 */
int version_renew_temp(struct version *v, bool durable);

#endif
