/* SPDX-License-Identifier: MIT */
#include "mount/mountinfo.h"

#include <string.h>
#include <sys/sysmacros.h>

#include "base/util.h"

struct line {
	dev_t dev;
	const char *mountpoint; /* within the line */
	const char *what;	/* type and source of the filesystem */
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

/* "36 35 98:0 /root /mount/point options … - type source options" */
static bool parse(char *text, struct line *ret)
{
	char *what = strstr(text, " - "), *end;
	unsigned int maj, min;
	int at = 0, size = 0;

	if (sscanf(text, "%*u %*u %u:%u %*s %n", &maj, &min, &at) != 2 || !at)
		return false;
	end = strchr(text + at, ' ');
	if (!what || !end || sscanf(what, " - %*s %*s%n", &size) < 0 || !size)
		return false;
	what[size] = '\0';
	*end = '\0';
	unescape(text + at);
	*ret = (struct line){ .dev = makedev(maj, min),
			      .mountpoint = text + at,
			      .what = what };
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
	struct mounted *mounted;
	int result;
};

static void match_mountpoint(const struct line *l, void *arg)
{
	struct search *s = arg;

	if (strcmp(l->mountpoint, s->mountpoint) != 0)
		return;
	/* Later lines lie on top. */
	mounted_clear(s->mounted);
	s->mounted->dev = l->dev;
	s->mounted->what = strdup(l->what);
	s->result = s->mounted->what ? 0 : -ENOMEM;
}

int mountinfo_find(const char *mountpoint, struct mounted *ret)
{
	struct search s = { .mountpoint = mountpoint,
			    .mounted = ret,
			    .result = -ENOENT };

	each_line(match_mountpoint, &s);
	return s.result;
}

static void match_mounted(const struct line *l, void *arg)
{
	struct search *s = arg;

	if (l->dev == s->mounted->dev && !strcmp(l->what, s->mounted->what))
		s->result = 0;
}

bool mountinfo_has(const struct mounted *m)
{
	struct search s = { .mounted = (struct mounted *)m, .result = -ENOENT };

	each_line(match_mounted, &s);
	return !s.result;
}

void mounted_clear(struct mounted *m)
{
	free(m->what);
	*m = (struct mounted){ 0 };
}
