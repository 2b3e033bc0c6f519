/* SPDX-License-Identifier: MIT */
/*
 * marklist: all the marks below a directory, as they are kept on disk.
 *
 *	marklist_read()     the heads of their manifests, in order of time
 *	marklist_open()     one of them again, for its records
 *	marklist_release()
 */
#ifndef IDEMFS_CLI_READ_MARKLIST_H
#define IDEMFS_CLI_READ_MARKLIST_H

#include "core/manifest/manifest.h"

struct listed_mark {
	char *name; /* its path below the marks */
	struct manifest_head head;
	bool damaged; /* its head cannot be read; time is that of the file */
};

struct marklist {
	struct listed_mark *items; /* oldest first */
	size_t count;
};

/*
 * @marks: a descriptor of .idemfs/marks.  @run: of that group only; NULL: of
 * all.  A group that is not there is empty.
 */
int marklist_read(int marks, const char *run, struct marklist *ret);
void marklist_release(struct marklist *l);

/* A reader of @m's manifest, and its descriptor: the caller's to close. */
int marklist_open(int marks, const struct listed_mark *m,
		  struct manifest_reader **ret, int *ret_fd);

/*
 * How long its step took, in ms: as measured by `idemfs step`, else the time
 * since the mark before; -1 when there was none.
 */
int64_t marklist_took(const struct listed_mark *m);

#endif
