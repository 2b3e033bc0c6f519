/* SPDX-License-Identifier: MIT */
/*
 * nearest: the word most like one that was mistyped.
 *
 *	struct nearest n = { .word = typed };
 *	nearest_offer(&n, "mount"); ...
 *	n.best is NULL when none is near
 *
 * Near is a word in which at most a third of the letters, and one more, are
 * wrong.  Of two that are as near, the first that was offered stays.
 */
#ifndef IDEMFS_BASE_NEAREST_H
#define IDEMFS_BASE_NEAREST_H

struct nearest {
	const char *word;
	const char *best;      /* of those offered; theirs */
	unsigned int distance; /* of best */
};

void nearest_offer(struct nearest *n, const char *candidate);

#endif
