/* SPDX-License-Identifier: MIT */
/*
 * progress: .checkpoints/.progress of a mount, read (idemfs/control.h).
 */
#ifndef IDEMFS_CLI_READ_PROGRESS_H
#define IDEMFS_CLI_READ_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct progress_file {
	char *path; /* escaped */
	int64_t size, age_ms;
	pid_t pid;
};

struct progress_session {
	char *name; /* escaped */
	char kind[8];
	int64_t age_ms;
	pid_t pid;
	uint64_t files, overlaps;
};

struct progress {
	int64_t at_ms; /* when it was read, by now_ms() */
	int64_t promoted, bytes, discarded, failed, partials;
	char *trouble; /* escaped; NULL: none */
	struct progress_file *files;
	size_t count;
	struct progress_session *sessions; /* that run, oldest first */
	size_t session_count;
	bool all_kinds; /* else there are only steps: an older mount */
	char **stale;	/* names of marks, escaped, sorted */
	size_t stale_count;
};

/* -ENOENT, -ENOTCONN, ...: @dir is no mount any more. */
int progress_read(const char *dir, struct progress *ret);
void progress_release(struct progress *p);

/* Pure; -EINVAL when it is no such text, or of a newer protocol. */
int progress_parse(const char *text, struct progress *ret);

/* Is the mark @name, escaped, among the stale ones? */
bool progress_is_stale(const struct progress *p, const char *name);

/* Bytes a second of file @f since @before, which may be empty. */
double progress_rate(const struct progress *now, const struct progress_file *f,
		     const struct progress *before);

#endif
