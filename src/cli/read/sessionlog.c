/* SPDX-License-Identifier: MIT */
#include "cli/read/sessionlog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/read/logfile.h"

#define BEGAN "\" began (pid "
#define ENDED "\" ended: "
#define WITH_MOUNT "with its mount"

void sessionlog_release(struct sessionlog *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->items[i].name);
		free(l->items[i].command);
		free(l->items[i].how);
	}
	for (size_t i = 0; i < l->overlap_count; i++)
		free(l->overlaps[i].text);
	free(l->items);
	free(l->overlaps);
	*l = (struct sessionlog){ 0 };
}

/* Behind @word of @text, or NULL. */
static const char *after(const char *text, const char *word)
{
	size_t n = strlen(word);

	return strncmp(text, word, n) != 0 ? NULL : text + n;
}

/* The last @word in @text: a name may hold it, too. */
static const char *find_last(const char *text, const char *word)
{
	const char *found = NULL;

	for (; (text = strstr(text, word)); text++)
		found = text;
	return found;
}

static void copy_time(char to[LOGLINE_TIME + 1], const struct logline *line)
{
	memcpy(to, line->time, LOGLINE_TIME);
	to[LOGLINE_TIME] = '\0';
}

/* @text: 'NAME" began (pid N, COMMAND)' */
static int add_begun(struct sessionlog *l, const struct logline *line,
		     const char *text, const char *end)
{
	struct logged_session s = { 0 }, *bigger;
	const char *command = strchr(end + strlen(BEGAN), ',');
	size_t n;

	if (!command || !after(command, ", "))
		return 0;
	bigger = reallocarray(l->items, l->count + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	l->items = bigger;
	n = strlen(command + 2);
	s.name = strndup(text, (size_t)(end - text));
	s.command = strndup(command + 2, n ? n - 1 : 0);
	s.pid = atoi(end + strlen(BEGAN));
	copy_time(s.began, line);
	l->items[l->count++] = s;
	return s.name && s.command ? 0 : -ENOMEM;
}

static int end_one(struct logged_session *s, const char *how, size_t n)
{
	s->ended = true;
	s->how = strndup(how, n);
	return s->how ? 0 : -ENOMEM;
}

/* The number in '(pid N)' at the end of @how. */
static int pid_of(const char *how, size_t *ret_n)
{
	const char *pid = find_last(how, " (pid ");

	*ret_n = pid ? (size_t)(pid - how) : strlen(how);
	return pid ? atoi(pid + strlen(" (pid ")) : 0;
}

/* @text: 'NAME" ended: HOW (pid N)'; the latest that has not ended is meant. */
static int add_ended(struct sessionlog *l, const char *text, const char *end)
{
	const char *how = end + strlen(ENDED);
	size_t length = (size_t)(end - text), n;
	int pid = pid_of(how, &n);

	for (size_t i = l->count; i > 0; i--) {
		struct logged_session *s = &l->items[i - 1];

		if (!s->ended && s->pid == pid && strlen(s->name) == length &&
		    !strncmp(s->name, text, length))
			return end_one(s, how, n);
	}
	return 0; /* it began in lines that are not kept */
}

static int end_all(struct sessionlog *l)
{
	int r = 0;

	for (size_t i = l->count; !r && i > 0; i--)
		if (!l->items[i - 1].ended)
			r = end_one(&l->items[i - 1], WITH_MOUNT,
				    strlen(WITH_MOUNT));
	return r;
}

static int add_overlap(struct sessionlog *l, const struct logline *line)
{
	struct logged_overlap o = { .text = strdup(line->text) }, *bigger;

	bigger = reallocarray(l->overlaps, l->overlap_count + 1,
			      sizeof(*bigger));
	if (bigger)
		l->overlaps = bigger;
	if (!bigger || !o.text) {
		free(o.text);
		return -ENOMEM;
	}
	copy_time(o.when, line);
	l->overlaps[l->overlap_count++] = o;
	return 0;
}

int sessionlog_add(struct sessionlog *l, const struct logline *line)
{
	const char *name = after(line->text, "session \""), *end;

	if (!line->event)
		return 0;
	if (logline_is_start(line))
		return end_all(l);
	if (logline_is_overlap(line))
		return add_overlap(l, line);
	end = name ? find_last(name, ENDED) : NULL;
	if (end)
		return add_ended(l, name, end);
	end = name ? strstr(name, BEGAN) : NULL;
	return end ? add_begun(l, line, name, end) : 0;
}

struct reading {
	struct sessionlog *log;
	int code;
};

static void read_line(void *arg, const struct logline *line)
{
	struct reading *r = arg;

	if (!r->code)
		r->code = sessionlog_add(r->log, line);
}

int sessionlog_read(int dir, struct sessionlog *ret)
{
	struct reading r = { .log = ret };
	int code = logfile_each(dir, read_line, &r);

	return code < 0 ? code : r.code;
}
