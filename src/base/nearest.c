/* SPDX-License-Identifier: MIT */
#include "base/nearest.h"

#include <string.h>

#include "base/text.h"

void nearest_offer(struct nearest *n, const char *candidate)
{
	/* "treads" is near to "threads", but not "sync" to "spin". */
	unsigned int limit = 1 + (unsigned int)strnlen(n->word, 63) / 3;
	unsigned int d = text_distance(n->word, candidate);

	if (d > limit || (n->best && d >= n->distance))
		return;
	n->best = candidate;
	n->distance = d;
}
