/* SPDX-License-Identifier: MIT */
/*
 * budget: a bound for the memory that the daemon keeps for users: in all, for
 * each user, and for all users together other than root and the daemon's.  So
 * there is always some left for these two.
 *
 * Thread-safe; its lock is the last of all.
 */
#ifndef IDEMFS_CORE_PROCESS_BUDGET_H
#define IDEMFS_CORE_PROCESS_BUDGET_H

#include <stddef.h>
#include <sys/types.h>

#define BUDGET_TEXTS ((size_t)64 << 20) /* bytes that are written to marks */

struct budget;

/* A user gets an eighth of @total bytes, all users three quarters. */
int budget_new(size_t total, struct budget **ret);
void budget_free(struct budget *b); /* NULL is fine; all was given back */

/* -EDQUOT: too much for @uid; -ENOMEM: too much for all, or no memory. */
int budget_take(struct budget *b, uid_t uid, size_t n);
void budget_give(struct budget *b, uid_t uid, size_t n);

#endif
