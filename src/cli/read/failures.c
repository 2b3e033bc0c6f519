/* SPDX-License-Identifier: MIT */
#include "cli/read/failures.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/read/logfile.h"
#include "cli/screen/say.h"
#include "core/backing/state.h"

#define MARKS_TOLD 8 /* refused marks that run names */

/* A descriptor and what it is, or -errno. */
static int open_log(int root, struct stat *ret_st)
{
	auto_fd fd = sys_open_file(root, STATE_DIR "/log", O_RDONLY);

	if (fd < 0)
		return fd;
	return fstat(fd, ret_st) < 0 ? -errno : steal_fd(&fd);
}

void failures_begin(struct failures *f, int root)
{
	struct stat st = { 0 };
	auto_fd fd = open_log(root, &st);

	*f = fd < 0 ? (struct failures){ 0 }
		    : (struct failures){ .ino = st.st_ino, .at = st.st_size };
}

int failures_next(struct failures *f, int root,
		  void (*each)(void *arg, const struct logline *l), void *arg)
{
	auto_free char *line = NULL;
	auto_file *in = NULL;
	struct logline l;
	struct stat st;
	size_t size = 0;
	ssize_t n;
	int fd = open_log(root, &st);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	in = fdopen(fd, "re");
	if (!in)
		return -ENOMEM;
	if (st.st_ino != f->ino || st.st_size < f->at)
		*f = (struct failures){ .ino = st.st_ino };
	if (st.st_size - f->at > LOGFILE_MAX)
		f->at = st.st_size - LOGFILE_MAX;
	if (fseeko(in, f->at, SEEK_SET) < 0)
		return -errno;
	/* A line that is not whole yet is read by the next call. */
	while ((n = getline(&line, &size, in)) > 0 && line[n - 1] == '\n') {
		f->at += n;
		line[n - 1] = '\0';
		text_mask(line); /* it goes to a terminal */
		if (logline_parse(line, &l) &&
		    (logline_is_failure(&l) || logline_is_overlap(&l) ||
		     logline_is_start(&l)))
			each(arg, &l);
	}
	return 0;
}

/* The marks that were refused, each with its last reason. */
struct refused {
	char *text[MARKS_TOLD]; /* 'NAME" not made: WHY' */
	size_t count;
};

/* As far as they are the same mark: up to the quote that ends the name. */
static size_t name_length(const char *text)
{
	const char *end = strstr(text, "\" not made: ");

	return end ? (size_t)(end - text) + 1 : 0;
}

static void note_refused(void *arg, const struct logline *l)
{
	struct refused *r = arg;
	const char *text = l->text + strlen("mark \"");
	size_t n, i = 0;

	if (strncmp(l->text, "mark \"", strlen("mark \"")) != 0)
		return;
	n = name_length(text);
	while (n && i < r->count && strncmp(r->text[i], text, n) != 0)
		i++;
	if (!n || i == MARKS_TOLD)
		return;
	if (i == r->count)
		r->count++;
	else
		free(r->text[i]);
	r->text[i] = strdup(text);
}

/* Was the mark made after all? */
static bool is_there(int root, const char *text)
{
	auto_free char *path = NULL;
	int n = (int)name_length(text) - 1;

	return asprintf(&path, STATE_DIR "/marks/%.*s", n, text) < 0 ||
	       faccessat(root, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void failures_tell_marks(struct failures *f, int root, const char *dir)
{
	struct refused r = { 0 };

	failures_next(f, root, note_refused, &r);
	for (size_t i = 0; i < r.count; i++) {
		if (r.text[i] && !is_there(root, r.text[i]))
			say_error("%s: mark \"%s", dir, r.text[i]);
		free(r.text[i]);
	}
}
