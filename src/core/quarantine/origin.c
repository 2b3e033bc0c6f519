/* SPDX-License-Identifier: MIT */
#include "core/quarantine/origin.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/backing/access.h"

void origin_text(const struct origin *m, char out[ORIGIN_TEXT])
{
	snprintf(out, ORIGIN_TEXT, "%u %u %s %" PRIu64, m->uid, m->gid,
		 m->over ? "over" : "new", m->dir);
}

bool origin_parse(const char *s, size_t n, struct origin *ret)
{
	char text[ORIGIN_TEXT], again[ORIGIN_TEXT], kind[5];
	struct origin m = { .known = true };

	if (n >= sizeof(text))
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	if (sscanf(text, "%u %u %4s %" SCNu64, &m.uid, &m.gid, kind, &m.dir) !=
	    4)
		return false;
	m.over = !strcmp(kind, "over");
	/* sscanf() also takes texts that origin_text() never writes. */
	origin_text(&m, again);
	*ret = m;
	return strlen(again) == n && !memcmp(text, again, n);
}

/* The group that a new file there would get. */
static gid_t group_in(const struct origin *m, const struct stat *dir)
{
	return dir->st_mode & S_ISGID ? dir->st_gid : m->gid;
}

static bool is_anothers(const struct origin *m, const struct stat *temp)
{
	return geteuid() == 0 && m->over && m->uid != 0 &&
	       temp->st_uid != m->uid;
}

/* One file goes, one comes. */
static bool takes_a_place(const struct stat *there, const struct stat *temp)
{
	return there && there->st_uid == temp->st_uid && there->st_nlink == 1;
}

/* The maker is not known: the owner is believed where that user may rename. */
static bool is_owners(const struct stat *dir, const struct stat *there,
		      const struct stat *temp)
{
	return geteuid() != 0 || dir->st_uid == temp->st_uid ||
	       takes_a_place(there, temp);
}

static int give(const struct origin *m, int fd, const struct stat *temp,
		gid_t gid)
{
	/* Another link may be at its name already, with another owner. */
	if (temp->st_nlink > 1)
		return -EPERM;
	return sys.fchown(fd, m->uid, temp->st_gid == m->gid ? m->gid : gid);
}

static int judge(const struct origin *m, int fd, const struct stat *dir,
		 const struct stat *there, const struct stat *temp)
{
	struct stat file = *temp;
	bool adds = is_anothers(m, temp) && !takes_a_place(there, temp);
	int r = 0;

	if (adds)
		file.st_uid = m->uid;
	if (there && (adds || !m->over))
		r = access_replace(dir, there, &file, m->uid);
	if (!r && adds)
		r = give(m, fd, temp, group_in(m, dir));
	return r;
}

int origin_settle(const struct origin *m, int fd, int dir, const char *name)
{
	struct stat of_dir, at_name, temp, *there = NULL;

	if (fstat(dir, &of_dir) < 0 || fstat(fd, &temp) < 0)
		return -errno;
	if (!fstatat(dir, name, &at_name, AT_SYMLINK_NOFOLLOW))
		there = &at_name;
	if (!m->known)
		return is_owners(&of_dir, there, &temp) ? 0 : -EPERM;
	if (m->dir != of_dir.st_ino)
		return -ESTALE;
	return judge(m, fd, &of_dir, there, &temp);
}

bool origin_take(const struct origin *m, int fd, int dir)
{
	struct stat of_dir, temp;

	if (fstat(fd, &temp) < 0)
		return false;
	if (!m->known)
		return !fstat(dir, &of_dir) && is_owners(&of_dir, NULL, &temp);
	return !is_anothers(m, &temp) || !give(m, fd, &temp, m->gid);
}
