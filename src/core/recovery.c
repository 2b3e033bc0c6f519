/* SPDX-License-Identifier: MIT */
#include "core/recovery.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/backing.h"
#include "core/journal.h"

static int quarantine_temp(const struct state *s, const char *name)
{
	struct partial p = { 0 };
	struct stat st;
	uint64_t id;
	int r;

	if (fstatat(s->tmp, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (journal_read(s->tmp, name, &p) < 0)
		p = (struct partial){
			.path = strdup(""),
			.command = strdup(""),
			.why = strdup("found after a crash, without a record"),
			.began = st.st_ctim,
		};
	clock_gettime(CLOCK_REALTIME, &p.time);
	p.size = st.st_size;
	r = p.path && p.command && p.why
		    ? quarantine_put(s->partial, s->tmp, name, &p, &id)
		    : -ENOMEM;
	if (!r)
		log_event("\"%s\": left by a crash, kept as partial %llu",
			  p.path, (unsigned long long)id);
	partial_release(&p);
	return r < 0 ? r : 1;
}

static int recover_entry(const struct state *s, const char *name)
{
	if (name[0] == '.' || !strcmp(name, JOURNAL_NAME))
		return 0;
	if (name[0] < '0' || name[0] > '9')
		return sys.unlinkat(s->tmp, name, 0);
	return quarantine_temp(s, name);
}

/* Temps on another filesystem, next to where they were to go. */

struct near_search {
	const struct state *s;
	int root;
	int count;
};

static int recover_near(void *arg, const char *name,
			const struct partial *record)
{
	struct near_search *search = arg;
	auto_free char *dir = strdup(record->path), *temp = NULL;
	auto_fd fd = -1;
	struct partial p = *record;
	struct stat st;
	uint64_t id;
	char *slash;
	int r;

	if (!dir || asprintf(&temp, STATE_TEMP_PREFIX "%s", name) < 0)
		return -ENOMEM;
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	fd = backing_openat(search->root, slash ? dir : ".",
			    O_RDONLY | O_DIRECTORY);
	if (fd < 0 || fstatat(fd, temp, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	clock_gettime(CLOCK_REALTIME, &p.time);
	p.size = st.st_size;
	r = quarantine_put(search->s->partial, fd, temp, &p, &id);
	if (!r)
		search->count++;
	return r;
}

static int recover_home(const struct state *s)
{
	int fd = openat(s->tmp, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	int count = 0, r = 0;

	if (!d) {
		r = -errno;
		close_fd(fd);
		return r;
	}
	while (r >= 0 && (e = readdir(d))) {
		r = recover_entry(s, e->d_name);
		if (r > 0)
			count += r;
	}
	closedir(d);
	return r < 0 ? r : count;
}

int recovery_run(const struct state *s, int root)
{
	struct near_search search = { .s = s, .root = root };
	int count, r = journal_each(s->tmp, recover_near, &search);

	if (r < 0)
		return r;
	count = recover_home(s);
	return count < 0 ? count : count + search.count;
}
