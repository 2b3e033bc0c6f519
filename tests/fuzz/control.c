/* SPDX-License-Identifier: MIT */
/*
 * control: any text is read as what a mount answers in .control and .progress,
 * and as the lines of a log.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cli/mounts/target.h"
#include "cli/read/logline.h"
#include "cli/read/progress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_control(const char *text)
{
	struct target t;

	if (target_parse(text, &t) < 0)
		return;
	assert(t.pid > 0 && t.root_fd >= 0);
	target_release(&t);
}

static void read_progress(const char *text)
{
	struct progress p, before = { 0 };

	if (progress_parse(text, &p) < 0)
		return;
	for (size_t i = 0; i < p.count; i++) {
		assert(p.files[i].path);
		progress_rate(&p, &p.files[i], &before);
		progress_rate(&p, &p.files[i], &p);
	}
	for (size_t i = 0; i < p.stale_count; i++)
		assert(progress_is_stale(&p, p.stale[i]));
	progress_release(&p);
}

static void read_log(char *text)
{
	struct logline l;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		if (!logline_parse(line, &l))
			continue;
		assert(l.text > l.time + LOGLINE_TIME);
		assert(!(l.event && l.trouble));
		logline_is_failure(&l);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);

	assert(text);
	read_control(text);
	read_progress(text);
	read_log(text);
	free(text);
	return 0;
}
