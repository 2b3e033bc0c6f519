/* SPDX-License-Identifier: MIT */
#include "cli/read/discarded.h"

#include <string.h>

#include "base/text.h"
#include "base/util.h"
#include "cli/screen/say.h"
#include "core/backing/state.h"
#include "core/quarantine/quarantine.h"

#define SHOWN 3 /* paths that the line names */

static bool is_since(const struct partial *p, const struct timespec *since)
{
	if (p->time.tv_sec != since->tv_sec)
		return p->time.tv_sec > since->tv_sec;
	return p->time.tv_nsec >= since->tv_nsec;
}

/* Reads the list and keeps what is not older than @since. */
static int list_since(int root, const char *dir, const struct timespec *since,
		      struct partial_list *ret)
{
	struct state state;
	size_t kept = 0;
	int r;

	r = state_open_readonly(root, dir, &state, NULL);
	if (r < 0)
		return r;
	r = quarantine_list(state.partial, ret);
	state_release(&state);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ret->count; i++) {
		if (is_since(&ret->items[i], since))
			ret->items[kept++] = ret->items[i];
		else
			partial_release(&ret->items[i]);
	}
	ret->count = kept;
	return 0;
}

/* "big (killed by signal 9 (SIGKILL)), a/b (...) and 4 more" */
static void describe(const struct partial_list *l, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < l->count && i < SHOWN && n < size; i++) {
		const struct partial *p = &l->items[i];
		auto_free char *path = text_escape(*p->path ? p->path : "?");

		n += (size_t)snprintf(buf + n, size - n, "%s%s (%s)",
				      i ? ", " : "", path ? path : "?", p->why);
	}
	if (l->count > SHOWN && n < size)
		snprintf(buf + n, size - n, " and %zu more", l->count - SHOWN);
}

void discarded_tell(int root, const char *dir, const struct timespec *since)
{
	struct partial_list l = { 0 };
	char what[800];

	if (list_since(root, dir, since, &l) == 0 && l.count > 0) {
		describe(&l, what, sizeof(what));
		say_error("%s: %zu %s not promoted: %s. See: idemfs partial "
			  "list %s",
			  dir, l.count, l.count == 1 ? "file" : "files", what,
			  dir);
	}
	partial_list_release(&l);
}
