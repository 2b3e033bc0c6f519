/* SPDX-License-Identifier: MIT */
/*
 * spare: room for records in quarantine on a full disk.
 *
 * Most partials come from a full disk, and must not lose their names and
 * reasons because of it.  So a few files with blocks of their own are kept
 * ready.  To fill one and rename it takes no block.
 *
 *	spare_make()   when a mount begins: as many as are missing
 *	spare_use()    one becomes a record
 *	spare_refill() when there may be room again
 */
#ifndef IDEMFS_CORE_QUARANTINE_SPARE_H
#define IDEMFS_CORE_QUARANTINE_SPARE_H

#include <stddef.h>

/* In @dir, the directory of partials.  Fewer if there is no room. */
void spare_make(int dir);

/* Makes anew what was used, if any was. */
void spare_refill(int dir);

/*
 * @name in @dir, which may be there, gets exactly @text.  -ENOSPC: it is longer
 * than a spare file, or all are used.
 */
int spare_use(int dir, const char *name, const char *text, size_t size);

#endif
