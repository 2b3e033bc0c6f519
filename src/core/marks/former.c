/* SPDX-License-Identifier: MIT */
#include "core/marks/former.h"

#include <fcntl.h>
#include <string.h>
#include <xxhash.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/digest/digest.h"
#include "core/manifest/manifest.h"
#include "core/marks/maker.h"

#define FORMER_DIR "former" /* below .idemfs */

static const char *const ends[] = {
	[FORMER_MARK] = "",
	[FORMER_PART] = ".part",
};
#define RUN ".run"
#define LOST ".lost"
#define NAME_MAX_HERE (FORMER_KEY + 8)

void former_key(const char *path, uid_t uid, char key[FORMER_KEY])
{
	struct digest d =
		digest_hash(XXH3_128bits_withSeed(path, strlen(path), uid));

	digest_text(&d, key);
}

static const char *name_of(const char *key, const char *end,
			   char buf[NAME_MAX_HERE])
{
	snprintf(buf, NAME_MAX_HERE, "%s%s", key, end);
	return buf;
}

static int open_dir(const struct state *state)
{
	return sys_open_dir(state->dir, FORMER_DIR);
}

static int drop(int dir, const char *key, const char *end)
{
	char name[NAME_MAX_HERE];
	int r = sys.unlinkat(dir, name_of(key, end, name), 0);

	return r == -ENOENT ? 0 : r;
}

static bool is_there(int dir, const char *key, const char *end)
{
	char name[NAME_MAX_HERE];

	return faccessat(dir, name_of(key, end, name), F_OK,
			 AT_SYMLINK_NOFOLLOW) == 0;
}

/* --- a run ---------------------------------------------------------------- */

static int keep_mark(int dir, const char *key, uid_t uid, struct dir *marks,
		     const char *name)
{
	auto_pin pin = { 0 };
	struct maker m;
	int r = maker_of(marks, name, &m);

	if (r == -ENOENT || (!r && m.user != uid))
		return 0;
	if (!r)
		r = dir_pin(marks, &pin);
	if (!r)
		r = drop(dir, key, "");
	return r ? r : sys.linkat(pin.fd, name, dir, key, 0);
}

/* What a run that was killed has read is not known. */
static int note_run(int dir, const char *key)
{
	char run[NAME_MAX_HERE], lost[NAME_MAX_HERE];
	auto_fd fd = -1;
	int r = sys.renameat2(dir, name_of(key, RUN, run), dir,
			      name_of(key, LOST, lost), 0);

	if (r < 0 && r != -ENOENT)
		return r;
	fd = sys_open_file(dir, run, O_WRONLY | O_CREAT | O_EXCL);
	return fd < 0 ? fd : 0;
}

int former_start(const struct state *state, const char *key, uid_t uid,
		 struct dir *dir, const char *name)
{
	auto_fd here = -1;
	int r = sys.mkdirat(state->dir, FORMER_DIR, 0700);

	if (r < 0 && r != -EEXIST)
		return r;
	here = open_dir(state);
	if (here < 0)
		return here;
	r = dir ? keep_mark(here, key, uid, dir, name) : 0;
	return r ? r : note_run(here, key);
}

int former_fail(const struct state *state, const char *key, const char *temp)
{
	auto_fd dir = open_dir(state);
	char part[NAME_MAX_HERE];
	int r = dir;

	if (dir >= 0)
		r = sys.renameat2(state->tmp, temp, dir,
				  name_of(key, ends[FORMER_PART], part), 0);
	return r < 0 ? r : drop(dir, key, RUN);
}

static void drop_all(int dir, const char *key)
{
	drop(dir, key, RUN);
	drop(dir, key, LOST);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		drop(dir, key, ends[i]);
}

void former_done(const struct state *state, const char *key)
{
	auto_fd dir = open_dir(state);

	if (dir >= 0)
		drop_all(dir, key);
}

void former_forget(const struct state *state, struct dir *dir, const char *name)
{
	auto_fd here = open_dir(state);
	auto_free char *path = here < 0 ? NULL : dir_path(dir, name);
	char key[FORMER_KEY];
	struct maker m;

	if (!path || maker_of(dir, name, &m) < 0)
		return;
	former_key(path, m.user, key);
	if (!is_there(here, key, RUN))
		drop_all(here, key);
}

/* --- what is known -------------------------------------------------------- */

/* Whether it is of that command, and whole; -errno. */
static int is_of(int fd, const struct digest *argv)
{
	struct manifest_reader *m;
	struct record rec;
	bool same;
	int r = manifest_open(fd, &m);

	if (r < 0)
		return r;
	same = manifest_head(m)->has_argv && manifest_head(m)->learn &&
	       !memcmp(&manifest_head(m)->argv, argv, sizeof(*argv));
	while (same && (r = manifest_next(m, &rec)) > 0)
		;
	manifest_close(m);
	return r < 0 ? r : same;
}

static int open_one(struct former *f, int dir, const char *key,
		    enum former_kind kind, const struct digest *argv)
{
	char name[NAME_MAX_HERE];
	auto_fd fd =
		sys_open_file(dir, name_of(key, ends[kind], name), O_RDONLY);
	int r = fd == -ENOENT ? 0 : fd < 0 ? fd : is_of(fd, argv);

	if (r == -EBADMSG || r == -EPROTO) {
		f->lost = true;
		return 0;
	}
	if (r > 0)
		f->files[kind] = steal_fd(&fd);
	return r < 0 ? r : 0;
}

/* Not known: then all has changed since. */
static struct timespec began(int dir, const char *key)
{
	char name[NAME_MAX_HERE];
	struct stat st;

	if (fstatat(dir, name_of(key, RUN, name), &st, AT_SYMLINK_NOFOLLOW) < 0)
		return (struct timespec){ 0 };
	return st.st_ctim;
}

int former_open(const struct state *state, const char *key,
		const struct digest *argv, struct former *ret)
{
	struct former f = FORMER_NONE;
	auto_fd dir = open_dir(state);
	int r = 0;

	if (dir == -ENOENT) {
		f.lost = true; /* it was there when the run began */
		*ret = f;
		return 0;
	}
	if (dir < 0)
		return dir;
	f.lost = is_there(dir, key, LOST);
	f.began = began(dir, key);
	for (int kind = 0; !r && kind < FORMER_KINDS; kind++)
		r = open_one(&f, dir, key, (enum former_kind)kind, argv);
	if (r < 0)
		former_release(&f);
	else
		*ret = f;
	return r;
}

void former_release(struct former *f)
{
	for (int kind = 0; kind < FORMER_KINDS; kind++)
		close_fd(f->files[kind]);
	*f = (struct former)FORMER_NONE;
}

bool former_is_told(const struct pathmap *map, const char *path)
{
	char buf[PATHMAP_PATH];
	struct record r;

	return pathmap_look(map, path, buf, &r);
}

/* False when that is not known, or both were in one tick of the clock. */
static bool is_born_after(int root, const char *path, const struct timespec *t)
{
	auto_fd fd = backing_openat(root, path, O_PATH | O_NOFOLLOW);
	struct statx st;

	if (!t->tv_sec || fd < 0 ||
	    statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &st) < 0 ||
	    !(st.stx_mask & STATX_BTIME))
		return false;
	return st.stx_btime.tv_sec > t->tv_sec ||
	       (st.stx_btime.tv_sec == t->tv_sec &&
		st.stx_btime.tv_nsec > t->tv_nsec);
}

bool former_is_touched(const struct former *f, const struct record *r, int root,
		       const struct pathmap *map)
{
	char buf[PATHMAP_PATH];
	struct record now;

	return pathmap_look(map, r->path, buf, &now) &&
	       now.kind == RECORD_FILE && now.st.ino == r->st.ino &&
	       !memcmp(&now.digest, &r->digest, sizeof(now.digest)) &&
	       !is_born_after(root, r->path, &f->began);
}

bool former_is_kept(const struct record *r, int root, const struct pathmap *map)
{
	auto_fd fd = -1;
	struct stat st;

	if (r->kind != RECORD_FILE && r->kind != RECORD_UNREAD &&
	    r->kind != RECORD_NODE)
		return false;
	if (former_is_told(map, r->path))
		return false;
	fd = backing_openat(root, r->path, O_PATH | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	return r->kind == RECORD_NODE
		       ? (st.st_mode & S_IFMT) == r->type
		       : S_ISREG(st.st_mode) && record_stat_is(&r->st, &st);
}

/*
 * Is something kept of what mark @m tells?  1, 0 or -errno.  One that does not
 * know what it has read, and tells of nothing, may have found all made by a run
 * that was killed.
 */
static int keeps(const struct former *f, struct manifest_reader *m, int root,
		 const struct pathmap *map)
{
	bool made = false, lost = false;
	struct record rec;
	int r;

	while ((r = manifest_next(m, &rec)) > 0) {
		if (rec.kind != RECORD_NODE && former_is_kept(&rec, root, map))
			return 1;
		if (rec.kind == RECORD_FILE &&
		    former_is_touched(f, &rec, root, map))
			return 1;
		made |= rec.kind == RECORD_FILE || rec.kind == RECORD_UNREAD;
		lost |= rec.kind == RECORD_CANNOT && !strcmp(rec.path, ".");
	}
	return r < 0 ? r : lost && !made;
}

int former_choose(struct former *f, int root, const struct pathmap *map)
{
	struct manifest_reader *m;
	int r;

	f->carried[FORMER_PART] = f->files[FORMER_PART] >= 0;
	if (f->files[FORMER_MARK] < 0)
		return 0;
	r = manifest_open(f->files[FORMER_MARK], &m);
	if (r < 0)
		return r;
	r = keeps(f, m, root, map);
	manifest_close(m);
	f->carried[FORMER_MARK] = r > 0;
	return r < 0 ? r : 0;
}

bool former_any(const struct former *f)
{
	return f->lost || f->carried[FORMER_MARK] || f->carried[FORMER_PART];
}
