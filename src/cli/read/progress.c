/* SPDX-License-Identifier: MIT */
#include "cli/read/progress.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/mounts/target.h"
#include "idemfs/control.h"

#define PROGRESS_MAX ((size_t)64 << 20)

static void clear_sessions(struct progress *p)
{
	for (size_t i = 0; i < p->session_count; i++)
		free(p->sessions[i].name);
	free(steal_ptr(&p->sessions));
	p->session_count = 0;
}

void progress_release(struct progress *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->files[i].path);
	free(p->files);
	clear_sessions(p);
	for (size_t i = 0; i < p->stale_count; i++)
		free(p->stale[i]);
	free(p->stale);
	free(p->trouble);
	*p = (struct progress){ 0 };
}

static int add_file(struct progress *p, const char *value)
{
	struct progress_file f = { 0 }, *bigger;
	int used = 0;

	if (sscanf(value, "%" SCNd64 " %" SCNd64 " %d %n", &f.size, &f.age_ms,
		   &f.pid, &used) != 3 ||
	    !used)
		return -EINVAL;
	bigger = reallocarray(p->files, p->count + 1, sizeof(*bigger));
	f.path = strdup(value + used);
	if (bigger)
		p->files = bigger;
	if (!bigger || !f.path) {
		free(f.path);
		return -ENOMEM;
	}
	p->files[p->count++] = f;
	return 0;
}

static int add(struct progress *p, const struct progress_session *s,
	       const char *name)
{
	struct progress_session *bigger = reallocarray(
		p->sessions, p->session_count + 1, sizeof(*bigger));
	char *copy = bigger ? strdup(name) : NULL;

	if (bigger)
		p->sessions = bigger;
	if (!copy)
		return -ENOMEM;
	p->sessions[p->session_count] = *s;
	p->sessions[p->session_count++].name = copy;
	return 0;
}

static int add_step(struct progress *p, const char *value)
{
	struct progress_session s = { .kind = "step" };
	int used = 0;

	if (sscanf(value, "%" SCNd64 " %d %n", &s.age_ms, &s.pid, &used) != 2 ||
	    !used)
		return -EINVAL;
	return add(p, &s, value + used);
}

/* They are all kinds, with the steps: those that were told apart are known. */
static int add_session(struct progress *p, const char *value)
{
	struct progress_session s = { 0 };
	int used = 0;

	if (sscanf(value,
		   "%*u %*u %7s %" SCNd64 " %d %" SCNu64 " %" SCNu64 " %n",
		   s.kind, &s.age_ms, &s.pid, &s.files, &s.overlaps,
		   &used) != 5 ||
	    !used)
		return -EINVAL;
	if (!p->all_kinds)
		clear_sessions(p);
	p->all_kinds = true;
	return add(p, &s, value + used);
}

static int add_stale(struct progress *p, const char *name)
{
	char **bigger =
		reallocarray(p->stale, p->stale_count + 1, sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	p->stale = bigger;
	p->stale[p->stale_count] = strdup(name);
	if (!p->stale[p->stale_count])
		return -ENOMEM;
	p->stale_count++;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool progress_is_stale(const struct progress *p, const char *name)
{
	return p->stale_count && bsearch(&name, p->stale, p->stale_count,
					 sizeof(*p->stale), by_name);
}

static int parse_line(struct progress *p, const char *key, const char *value)
{
	if (!strcmp(key, "pending"))
		return add_file(p, value);
	if (!strcmp(key, "running"))
		return add_step(p, value);
	if (!strcmp(key, "session"))
		return add_session(p, value);
	if (!strcmp(key, "stale"))
		return add_stale(p, value);
	if (!strcmp(key, "trouble") && !p->trouble) {
		p->trouble = strdup(value);
		return p->trouble ? 0 : -ENOMEM;
	}
	if (!strcmp(key, "promoted"))
		return sscanf(value, "%" SCNd64 " %" SCNd64, &p->promoted,
			      &p->bytes) == 2
			       ? 0
			       : -EINVAL;
	if (!strcmp(key, "discarded"))
		p->discarded = strtoll(value, NULL, 10);
	else if (!strcmp(key, "failed"))
		p->failed = strtoll(value, NULL, 10);
	else if (!strcmp(key, "partials"))
		p->partials = strtoll(value, NULL, 10);
	return 0; /* what a later version adds is passed over */
}

int progress_parse(const char *text, struct progress *ret)
{
	struct progress p = { .at_ms = now_ms() };
	auto_free char *copy = strdup(text);
	char *save = NULL, *line;
	bool first = true;
	int r = copy ? 0 : -ENOMEM;

	for (line = r ? NULL : strtok_r(copy, "\n", &save); line && !r;
	     line = strtok_r(NULL, "\n", &save), first = false) {
		char *value = strchr(line, ' ');

		if (!value) {
			r = -EINVAL;
			break;
		}
		*value++ = '\0';
		text_mask(value); /* it goes to a terminal */
		if (!first)
			r = parse_line(&p, line, value);
		else if (strcmp(line, "idemfs") != 0 ||
			 atoi(value) != IDEMFS_CONTROL_VERSION)
			r = -EINVAL;
	}
	if (!r && first)
		r = -EINVAL;
	if (p.stale_count)
		qsort(p.stale, p.stale_count, sizeof(*p.stale), by_name);
	if (r < 0)
		progress_release(&p);
	else
		*ret = p;
	return r;
}

int progress_read(const char *dir, struct progress *ret)
{
	auto_fd fd = target_open_virtual(dir, IDEMFS_PROGRESS, NULL);
	auto_free char *text = NULL;
	size_t size;
	int r = fd < 0 ? fd : sys_read_fd(fd, PROGRESS_MAX, &text, &size);

	return r < 0 ? r : progress_parse(text, ret);
}

double progress_rate(const struct progress *now, const struct progress_file *f,
		     const struct progress *before)
{
	int64_t size = 0, ms = f->age_ms;

	for (size_t i = 0; i < before->count; i++) {
		const struct progress_file *was = &before->files[i];

		if (was->pid != f->pid || was->size > f->size ||
		    strcmp(was->path, f->path) != 0)
			continue;
		size = was->size;
		ms = now->at_ms - before->at_ms;
		break;
	}
	return ms > 0 ? (double)(f->size - size) * 1000.0 / (double)ms : 0.0;
}
