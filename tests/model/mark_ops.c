/* SPDX-License-Identifier: MIT */
#include "mark_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define MARKS "../.checkpoints/"
#define HOME "model/" /* the directory of the agents, from the root */
#define PATHS_MAX 512

static int step_fd = -1; /* while the process is a session */
static unsigned int step_name;

static void say_result(char *answer, long r)
{
	snprintf(answer, ANSWER_SIZE, "%s",
		 r < 0 ? strerrorname_np(errno) : "ok");
}

static int send_message(const char *act, const char *ran)
{
	char text[512];
	int n = snprintf(text, sizeof(text),
			 "idemfs-step 1\n%s s%u\nkind session\ncommand model\n"
			 "argv %032d\n%s",
			 act, step_name, 0, ran);

	if (pwrite(step_fd, text, (size_t)n, 0) != n)
		return -1;
	return fsync(step_fd);
}

void mark_op_forget(void)
{
	if (step_fd >= 0)
		close(step_fd);
	step_fd = -1;
}

void mark_op_begin(unsigned int v, char answer[ANSWER_SIZE])
{
	int r;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	step_name = v;
	step_fd = open(MARKS ".step", O_RDWR | O_CLOEXEC);
	r = step_fd < 0 ? -1 : send_message("begin", "");
	say_result(answer, r);
}

void mark_op_end(unsigned int status, char answer[ANSWER_SIZE])
{
	char ran[64];

	snprintf(ran, sizeof(ran), "ran 1.000000000 2.000000000 %u\n", status);
	say_result(answer, send_message("end", ran));
	mark_op_forget();
}

/* --- what a mark tells ------------------------------------------------------ */

/* The last record of each path. */
struct told {
	char scope[64];
	unsigned int count;
	struct {
		char kind[8], path[64];
	} item[PATHS_MAX];
};

static void tell(struct told *t, const char *kind, const char *path)
{
	unsigned int i;
	size_t n;

	if (strncmp(path, HOME, strlen(HOME)) != 0)
		return;
	path += strlen(HOME);
	n = strcspn(path, "\n");
	for (i = 0; i < t->count; i++)
		if (strlen(t->item[i].path) == n &&
		    !strncmp(t->item[i].path, path, n))
			break;
	if (i == PATHS_MAX)
		return;
	snprintf(t->item[i].kind, sizeof(t->item[i].kind), "%s", kind);
	snprintf(t->item[i].path, sizeof(t->item[i].path), "%.*s", (int)n,
		 path);
	t->count += i == t->count;
}

/* The @n-th word of @line. */
static const char *word(const char *line, unsigned int n)
{
	while (n--) {
		line += strcspn(line, " \n");
		line += *line == ' ';
	}
	return line;
}

static bool begins(const char *line, const char *with)
{
	return !strncmp(line, with, strlen(with));
}

static bool is_sum(const char *line)
{
	return strspn(line, "0123456789abcdef") == 32 && line[32] == ' ';
}

static void read_line(struct told *t, const char *line)
{
	char kind[8];

	if (begins(line, "# scope session "))
		snprintf(t->scope, sizeof(t->scope), "%.*s",
			 (int)strcspn(word(line, 3), "\n"), word(line, 3));
	else if (begins(line, "# scope time"))
		snprintf(t->scope, sizeof(t->scope), "time");
	else if (is_sum(line))
		tell(t, "file", line + 34);
	else if (begins(line, "# unread "))
		tell(t, "file", word(line, 6));
	else if (begins(line, "# gone "))
		tell(t, "gone", word(line, 3));
	else if (begins(line, "# node ")) {
		snprintf(kind, sizeof(kind), "%.*s",
			 (int)strcspn(word(line, 3), " \n"), word(line, 3));
		tell(t, kind, word(line, 4));
	}
}

static int read_mark(const char *path, struct told *t)
{
	FILE *f = fopen(path, "re");
	char line[4096];

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		read_line(t, line);
	fclose(f);
	return 0;
}

static void say_told(const struct told *t, char answer[ANSWER_SIZE])
{
	size_t n = (size_t)snprintf(answer, ANSWER_SIZE, "scope=%s", t->scope);

	for (unsigned int i = 0; i < t->count && n < ANSWER_SIZE; i++)
		n += (size_t)snprintf(answer + n, ANSWER_SIZE - n, " %s:%s",
				      t->item[i].kind, t->item[i].path);
}

void mark_op_make(const char *name, char answer[ANSWER_SIZE])
{
	struct told t = { .scope = "?" };
	char path[128];
	int fd, r;

	snprintf(path, sizeof(path), MARKS "%s", name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	r = fd < 0 ? -1 : close(fd);
	if (!r)
		r = read_mark(path, &t);
	if (r)
		say_result(answer, r);
	else
		say_told(&t, answer);
}

void mark_op_remove(const char *name, char answer[ANSWER_SIZE])
{
	char path[128];

	snprintf(path, sizeof(path), MARKS "%s", name);
	say_result(answer, unlink(path));
}
