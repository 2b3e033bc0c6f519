/* SPDX-License-Identifier: MIT */
#include "cli/job/session.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "idemfs/control.h"

char *session_command(char **argv)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (char **a = argv; out && *a; a++)
		fprintf(out, "%s%s", a > argv ? " " : "", *a);
	if (!out || fclose(out) != 0)
		return NULL;
	if (size > IDEMFS_PATH_MAX)
		text[IDEMFS_PATH_MAX] = '\0';
	return text;
}

int session_open(int root)
{
	int fd = openat(root, IDEMFS_CHECKPOINTS "/" IDEMFS_STEP,
			O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

int session_tell(int control, const struct step *s)
{
	auto_free char *text = step_encode(s);
	size_t size, at = 0;

	if (!text)
		return -ENOMEM;
	size = strlen(text);
	while (at < size) {
		ssize_t n = pwrite(control, text + at, size - at, (off_t)at);

		if (n < 0)
			return -errno;
		at += (size_t)n;
	}
	return fsync(control) < 0 ? -errno : 0;
}

static void release(struct session *s)
{
	close_fd(s->control);
	step_release(&s->message);
	*s = (struct session)SESSION_CLOSED;
}

static int begin(struct session *s, int root)
{
	if (!s->message.mark || !s->message.command)
		return -ENOMEM;
	clock_gettime(CLOCK_REALTIME, &s->message.ran.began);
	s->message.ran.ended = s->message.ran.began;
	s->message.has_ran = true;
	s->control = session_open(root);
	return s->control < 0 ? s->control
			      : session_tell(s->control, &s->message);
}

int session_begin(int root, enum session_kind kind, const char *name,
		  char **argv, struct session *ret)
{
	struct session s = { .control = -1,
			     .message = { .act = STEP_BEGIN,
					  .kind = kind,
					  .mark = strdup(name),
					  .command = session_command(argv),
					  .argv = step_argv(argv) } };
	int r = begin(&s, root);

	if (r < 0)
		release(&s);
	else
		*ret = s;
	return r;
}

void session_end(struct session *s, int status)
{
	if (s->control < 0)
		return;
	s->message.act = STEP_END;
	clock_gettime(CLOCK_REALTIME, &s->message.ran.ended);
	s->message.ran.status = status;
	/* A mount that has gone has ended it. */
	(void)session_tell(s->control, &s->message);
	release(s);
}
