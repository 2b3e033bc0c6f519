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

struct recovery {
	const struct state *s;
	int root;
	int count; /* put away */
	int left;  /* could not be */
};

/* @r: what came of putting it away; nothing else depends on it. */
static void note(struct recovery *rec, const char *path, const char *temp,
		 int r)
{
	if (r >= 0) {
		rec->count++;
		return;
	}
	rec->left++;
	log_error("\"%s\": left by a crash; cannot be put into quarantine: %s; "
		  "stays as temp \"%s\" until the next mount",
		  path, strerror(-r), temp);
}

static int quarantine_temp(const struct state *s, int dir, const char *name,
			   struct partial *p)
{
	struct stat st;
	uint64_t id;
	int r;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!p->began.tv_sec)
		p->began = st.st_ctim;
	clock_gettime(CLOCK_REALTIME, &p->time);
	p->size = st.st_size;
	r = p->path && p->command && p->why
		    ? quarantine_put(s->partial, dir, name, p, &id)
		    : -ENOMEM;
	if (!r)
		log_event("\"%s\": left by a crash, kept as partial %llu",
			  p->path, (unsigned long long)id);
	return r;
}

static void recover_temp(struct recovery *rec, const char *name)
{
	const struct state *s = rec->s;
	struct partial p = { 0 };

	if (journal_read(s->tmp, name, &p) < 0)
		p = (struct partial){
			.path = strdup(""),
			.command = strdup(""),
			.why = strdup("found after a crash, without a record"),
		};
	note(rec, p.path ? p.path : "", name,
	     quarantine_temp(s, s->tmp, name, &p));
	partial_release(&p);
}

static void recover_entry(struct recovery *rec, const char *name)
{
	int r;

	if (name[0] == '.' || !strcmp(name, JOURNAL_NAME))
		return;
	if (name[0] >= '0' && name[0] <= '9') {
		recover_temp(rec, name);
		return;
	}
	r = sys.unlinkat(rec->s->tmp, name, 0);
	if (r < 0)
		note(rec, "", name, r);
}

/* Temps on another filesystem, next to where they were to go. */
static int recover_near(void *arg, const char *name,
			const struct partial *record)
{
	struct recovery *rec = arg;
	auto_free char *dir = strdup(record->path), *temp = NULL;
	auto_fd fd = -1;
	struct partial p = *record;
	struct stat st;
	char *slash;

	if (!dir || asprintf(&temp, STATE_TEMP_PREFIX "%s", name) < 0)
		return -ENOMEM;
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	fd = backing_openat(rec->root, slash ? dir : ".",
			    O_RDONLY | O_DIRECTORY);
	if (fd >= 0 && !fstatat(fd, temp, &st, AT_SYMLINK_NOFOLLOW))
		note(rec, p.path, temp, quarantine_temp(rec->s, fd, temp, &p));
	return 0;
}

static int recover_home(struct recovery *rec)
{
	int fd = openat(rec->s->tmp, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d) {
		int r = -errno;

		close_fd(fd);
		return r;
	}
	while ((e = readdir(d)))
		recover_entry(rec, e->d_name);
	closedir(d);
	return 0;
}

int recovery_run(const struct state *s, int root, int *ret_left)
{
	struct recovery rec = { .s = s, .root = root };
	int r = journal_each(s->tmp, recover_near, &rec);

	if (!r)
		r = recover_home(&rec);
	if (r < 0)
		return r;
	/* Its records are needed for as long as there is anything left. */
	if (!rec.left)
		sys.unlinkat(s->tmp, JOURNAL_NAME, 0);
	*ret_left = rec.left;
	return rec.count;
}
