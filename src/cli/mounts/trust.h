/* SPDX-License-Identifier: MIT */
/*
 * trust: the mounts of which users are believed.
 *
 * What a mount says of itself, and of its backing directory, is what its daemon
 * says.  So a command believes the mounts of its own user, of root, and of the
 * users that IDEMFS_TRUST names, as git does with directories.
 */
#ifndef IDEMFS_CLI_MOUNTS_TRUST_H
#define IDEMFS_CLI_MOUNTS_TRUST_H

#include <stdbool.h>
#include <sys/types.h>

bool trust_owner(uid_t owner);

/* Does @list, "alice,1001", name @owner?  Names are looked up by @uid_of. */
bool trust_lists(const char *list, uid_t owner,
		 bool (*uid_of)(const char *name, uid_t *ret));

#endif
