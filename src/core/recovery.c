/* SPDX-License-Identifier: MIT */
#include "core/recovery.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/util.h"
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
			.path = strdup(""), .command = strdup(""),
			.why = strdup("found after a crash, without a record"),
			.began = st.st_ctim,
		};
	clock_gettime(CLOCK_REALTIME, &p.time);
	p.size = st.st_size;
	r = p.path && p.command && p.why ?
		    quarantine_put(s->partial, s->tmp, name, &p, &id) :
		    -ENOMEM;
	if (!r)
		log_warn("\"%s\": left by a crash, kept as partial %llu",
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

int recovery_run(const struct state *s)
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
