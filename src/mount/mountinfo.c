/* SPDX-License-Identifier: MIT */
#include "mount/mountinfo.h"

#include <string.h>
#include <sys/sysmacros.h>

#include "base/util.h"

struct line {
	dev_t dev;
	char *mountpoint; /* within the line */
};

/* \040 and the like, in place. */
static void unescape(char *s)
{
	char *out = s;

	for (; *s; s++) {
		unsigned int byte;

		if (s[0] == '\\' && sscanf(s + 1, "%3o", &byte) == 1) {
			*out++ = (char)byte;
			s += 3;
		} else {
			*out++ = *s;
		}
	}
	*out = '\0';
}

/* "36 35 98:0 /root /mount/point …" */
static bool parse(char *text, struct line *ret)
{
	unsigned int maj, min;
	int at = 0;
	char *end;

	if (sscanf(text, "%*u %*u %u:%u %*s %n", &maj, &min, &at) != 2 || !at)
		return false;
	ret->dev = makedev(maj, min);
	ret->mountpoint = text + at;
	end = strchr(ret->mountpoint, ' ');
	if (end)
		*end = '\0';
	unescape(ret->mountpoint);
	return true;
}

static void each_line(void (*each)(const struct line *l, void *arg), void *arg)
{
	auto_file *f = fopen("/proc/self/mountinfo", "re");
	auto_free char *text = NULL;
	struct line l;
	size_t room = 0;

	while (f && getline(&text, &room, f) > 0)
		if (parse(text, &l))
			each(&l, arg);
}

struct search {
	const char *mountpoint;
	dev_t dev;
	bool found;
};

static void match_mountpoint(const struct line *l, void *arg)
{
	struct search *s = arg;

	if (strcmp(l->mountpoint, s->mountpoint))
		return;
	s->dev = l->dev; /* later lines lie on top */
	s->found = true;
}

int mountinfo_find(const char *mountpoint, dev_t *ret_dev)
{
	struct search s = { .mountpoint = mountpoint };

	each_line(match_mountpoint, &s);
	if (!s.found)
		return -ENOENT;
	*ret_dev = s.dev;
	return 0;
}

static void match_dev(const struct line *l, void *arg)
{
	struct search *s = arg;

	s->found |= l->dev == s->dev;
}

bool mountinfo_has(dev_t dev)
{
	struct search s = { .dev = dev };

	each_line(match_dev, &s);
	return s.found;
}
