/* SPDX-License-Identifier: MIT */
#include "core/quarantine/spare.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/sys.h"
#include "base/util.h"

#define COUNT 8
#define ROOM 4096 /* bytes of each: a long path, and the words around it */

/* So that no two threads use the same one. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool used; /* under lock: some were used since they were made */

struct spare_name {
	char text[32];
};

static struct spare_name name_of(unsigned int i)
{
	struct spare_name name;

	snprintf(name.text, sizeof(name.text), "spare.%u", i);
	return name;
}

/* A spare file without blocks would be of no use on a full disk. */
static void make(int dir, const char *name)
{
	auto_fd fd = sys.openat(dir, name,
				O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);

	if (fd >= 0 && sys.fallocate(fd, 0, 0, ROOM) < 0)
		sys.unlinkat(dir, name, 0);
}

static void make_all_locked(int dir)
{
	for (unsigned int i = 0; i < COUNT; i++)
		make(dir, name_of(i).text);
}

void spare_make(int dir)
{
	LOCK_SCOPE(&lock);
	make_all_locked(dir);
}

void spare_refill(int dir)
{
	LOCK_SCOPE(&lock);
	if (used)
		make_all_locked(dir);
	used = false;
}

static int fill(int dir, const char *name, const char *text, size_t size)
{
	auto_fd fd = sys_open_file(dir, name, O_WRONLY);
	int r = fd < 0 ? fd : sys_pwrite_all(fd, text, size, 0);

	return r < 0 ? r : sys.ftruncate(fd, (off_t)size);
}

int spare_use(int dir, const char *name, const char *text, size_t size)
{
	int r = -ENOSPC;

	LOCK_SCOPE(&lock);
	for (unsigned int i = 0; i < COUNT && size <= ROOM && r < 0; i++) {
		r = fill(dir, name_of(i).text, text, size);
		if (r == 0)
			r = sys.renameat2(dir, name_of(i).text, dir, name, 0);
	}
	used = used || r == 0;
	return r < 0 ? -ENOSPC : 0;
}
