/* SPDX-License-Identifier: MIT */
/*
 * spare: room for records in quarantine, for when there is none on the disk.
 *
 * A full disk is what most partials come from, and they must not lose their
 * names and reasons to it.  So a few files with blocks of their own stand ready;
 * to fill one and rename it takes nothing.
 *
 *	spare_make()   when a mount begins: as many as are missing
 *	spare_use()    one becomes a record
 *	spare_refill() when there may be room again
 */
#ifndef IDEMFS_CORE_QUARANTINE_SPARE_H
#define IDEMFS_CORE_QUARANTINE_SPARE_H

#include <stddef.h>

/* In @dir, the directory of partials.  Where there is no room, fewer. */
void spare_make(int dir);

/* What was used, if anything was. */
void spare_refill(int dir);

/*
 * @name in @dir, which may be there, gets exactly @text.  -ENOSPC: it is longer
 * than a spare file, or all are used.
 */
int spare_use(int dir, const char *name, const char *text, size_t size);

#endif
