/* SPDX-License-Identifier: MIT */
/*
 * folder: a state directory in memory, whose files a target writes anew for
 * each input; it is gone when the target ends.
 */
#ifndef IDEMFS_TESTS_FUZZ_FOLDER_H
#define IDEMFS_TESTS_FUZZ_FOLDER_H

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "core/backing/state.h"

#define FOLDER_CUT "\n%%\n" /* parts of an input are between these */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder_path[64];
static int folder_root = -1;
static struct state folder_state = STATE_CLOSED;

static inline void folder_remove(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder_path);
	if (system(command) != 0)
		fprintf(stderr, "%s is left\n", folder_path);
}

/* The state directory, of which this process is the mount. */
static inline struct state *folder_begin(void)
{
	struct stat st;

	if (folder_root >= 0)
		return &folder_state;
	log_init(LOG_ERROR, -1, false);
	snprintf(folder_path, sizeof(folder_path), "%s/idemfs-fuzz-XXXXXX",
		 stat("/dev/shm", &st) ? "/tmp" : "/dev/shm");
	assert(mkdtemp(folder_path));
	atexit(folder_remove);
	folder_root = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert(folder_root >= 0);
	assert(state_open(folder_root, folder_path, &folder_state, NULL) == 0);
	return &folder_state;
}

/* In place: it may be open, and locked. */
static inline void folder_write(int dir, const char *name, const void *data,
				size_t size)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			0600);

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

/* The part at *@data, up to FOLDER_CUT or the end, which it takes. */
static inline size_t folder_part(const uint8_t **data, size_t *size,
				 const char **ret)
{
	const uint8_t *cut =
		memmem(*data, *size, FOLDER_CUT, strlen(FOLDER_CUT));
	size_t n = cut ? (size_t)(cut - *data) : *size;

	*ret = (const char *)*data;
	*data += n + (cut ? strlen(FOLDER_CUT) : 0);
	*size -= n + (cut ? strlen(FOLDER_CUT) : 0);
	return n;
}

#endif
