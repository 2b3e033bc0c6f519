/* SPDX-License-Identifier: MIT */
#include "cli/mounts/preflight.h"

#include <ctype.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/screen/say.h"
#include "mount/mountpoint/mountinfo.h"

#define FUSE_DEVICE "/dev/fuse"
#define FUSE_CONF "/etc/fuse.conf"
#define DEPTH_MAX 4096 /* directories above one that are looked at */

bool check_is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	while (n > 0 && dir[n - 1] == '/')
		n--;
	return !strncmp(path, dir, n) && (path[n] == '/' || !path[n]);
}

/* --- the machine ---------------------------------------------------------- */

static int check_device(struct err *err)
{
	auto_fd fd = open(FUSE_DEVICE, O_RDWR | O_CLOEXEC);
	int code = -errno;

	if (fd >= 0)
		return 0;
	switch (code) {
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
		return err_set(err, code,
			       FUSE_DEVICE
			       ": not there, so nothing can be mounted. Load "
			       "the module (modprobe fuse); a container needs "
			       "--device " FUSE_DEVICE);
	case -EACCES:
	case -EPERM:
		return err_set(err, code,
			       FUSE_DEVICE
			       ": not permitted. Run as a user who may open "
			       "it; a container needs --device " FUSE_DEVICE
			       " and the capability SYS_ADMIN");
	default:
		return err_set(err, code, FUSE_DEVICE ": %s", strerror(-code));
	}
}

static bool in_path(const char *program)
{
	const char *path = getenv("PATH");
	auto_free char *copy = strdup(path ? path : "/usr/bin:/bin");
	char *dir, *save = NULL;

	for (dir = copy ? strtok_r(copy, ":", &save) : NULL; dir;
	     dir = strtok_r(NULL, ":", &save)) {
		auto_free char *file = NULL;

		if (asprintf(&file, "%s/%s", dir, program) < 0)
			file = NULL;
		if (file && access(file, X_OK) == 0)
			return true;
	}
	return false;
}

static bool user_allow_other(void)
{
	auto_file *f = fopen(FUSE_CONF, "re");
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		size_t n = strcspn(line, " \t\n#");

		if (n == strlen("user_allow_other") &&
		    !strncmp(line, "user_allow_other", n))
			return true;
	}
	return false;
}

static int check_user(const struct args *a, struct err *err)
{
	if (geteuid() == 0)
		return 0;
	if (!in_path("fusermount3"))
		return err_set(err, -ENOENT,
			       "fusermount3: not found, and only root can "
			       "mount without it. Install the package fuse3");
	if (a->opt.allow_other && !user_allow_other())
		return err_set(err, -EPERM,
			       FUSE_CONF ": does not permit --allow-other. Add "
					 "a line \"user_allow_other\" to it, "
					 "or mount as root");
	return 0;
}

/* --- the directories ------------------------------------------------------ */

static int check_access(const char *dir, int mode, struct err *err)
{
	if (faccessat(AT_FDCWD, dir, mode, AT_EACCESS) == 0)
		return 0;
	if (errno == EROFS) /* then so is the mount */
		return check_access(dir, mode & ~W_OK, err);
	if ((errno == EACCES || errno == EPERM) && geteuid() == 0)
		return err_set(err, -EACCES,
			       "%s: not permitted, even to root: is it "
			       "immutable (lsattr), or on a server that does "
			       "not trust root?",
			       dir);
	if (errno == EACCES || errno == EPERM)
		return err_set(err, -EACCES,
			       "%s: permission denied. Run this as its owner, "
			       "or give yourself read, write and search "
			       "permission",
			       dir);
	return err_set(err, -errno, "%s: %s", dir, strerror(errno));
}

/* Filesystems of the kernel's own, and what holds the devices. */
static const char *pseudo_name(const char *dir)
{
	static const struct {
		unsigned long type;
		const char *name;
	} types[] = {
		{ PROC_SUPER_MAGIC, "proc" },
		{ SYSFS_MAGIC, "sysfs" },
		{ DEVPTS_SUPER_MAGIC, "devpts" },
		{ CGROUP_SUPER_MAGIC, "cgroup" },
		{ CGROUP2_SUPER_MAGIC, "cgroup2" },
		{ DEBUGFS_MAGIC, "debugfs" },
		{ TRACEFS_MAGIC, "tracefs" },
		{ SECURITYFS_MAGIC, "securityfs" },
		{ BPF_FS_MAGIC, "bpf" },
		{ EFIVARFS_MAGIC, "efivarfs" },
		{ PSTOREFS_MAGIC, "pstore" },
		{ HUGETLBFS_MAGIC, "hugetlbfs" },
	};
	struct statfs fs;

	if (statfs(dir, &fs) < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if ((unsigned long)fs.f_type == types[i].type)
			return types[i].name;
	return NULL;
}

/* Does the machine need it as it is?  /dev/shm is a filesystem of its own. */
static bool is_machines(const char *dir)
{
	static const char *const places[] = { "/dev", "/proc", "/sys" };
	uint64_t id = mountinfo_id(AT_FDCWD, dir, 0);

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (!strcmp(dir, places[i]) ||
		    (check_is_below(dir, places[i]) &&
		     id == mountinfo_root(AT_FDCWD, places[i], 0)))
			return true;
	return false;
}

/* Is @dir a place for files, and below no idemfs and above none? */
static int check_place(const char *dir, struct err *err)
{
	const char *pseudo = pseudo_name(dir);
	struct mounted m = { 0 };
	int r = 0;

	if (!strcmp(dir, "/"))
		return err_set(err, -EINVAL,
			       "/: a mount over it would hide the machine from "
			       "itself. Name the directory that a pipeline "
			       "writes to");
	if (pseudo)
		return err_set(
			err, -EINVAL,
			"%s: cannot hold state here: %s is no filesystem "
			"for files. Choose another directory",
			dir, pseudo);
	if (is_machines(dir))
		return err_set(err, -EINVAL,
			       "%s: cannot hold state here: it is the "
			       "machine's own. Choose another directory",
			       dir);
	if (mountinfo_get(mountinfo_id(AT_FDCWD, dir, 0), &m) == 0 && m.idemfs)
		r = err_set(err, -EINVAL,
			    "%s: lies inside the idemfs mount %s. What is "
			    "written there is atomic already; use that one",
			    dir, m.at);
	mounted_clear(&m);
	if (!r && mountinfo_idemfs_below(dir, &m) == 0)
		r = err_set(err, -EINVAL,
			    "%s: the idemfs mount %s lies inside it. End that "
			    "first: idemfs umount %s",
			    dir, m.at, m.at);
	mounted_clear(&m);
	return r;
}

/* Is @inner strictly inside @outer, by whatever names they have? */
static bool is_inside(const char *inner, const char *outer)
{
	auto_fd fd = open(inner, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat want, st, last;

	if (fd < 0 || stat(outer, &want) < 0 || fstat(fd, &last) < 0)
		return false;
	if (last.st_dev == want.st_dev && last.st_ino == want.st_ino)
		return false;
	for (int i = 0; i < DEPTH_MAX; i++) {
		int up = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (up < 0)
			return false;
		close_fd(fd);
		fd = up;
		if (fstat(fd, &st) < 0)
			return false;
		if (st.st_dev == want.st_dev && st.st_ino == want.st_ino)
			return true;
		if (st.st_dev == last.st_dev && st.st_ino == last.st_ino)
			return false; /* "/.." is "/" */
		last = st;
	}
	return false;
}

/* Two directories must not make a circle, or hide what the mount needs. */
static int check_nested(const struct args *a, struct err *err)
{
	if (is_inside(a->mountpoint, a->backing))
		return err_set(err, -EINVAL,
			       "%s: lies inside %s, which it would show inside "
			       "itself without end. Mount over %s itself, or "
			       "choose a mount point outside",
			       a->mountpoint, a->backing, a->backing);
	if (is_inside(a->backing, a->mountpoint))
		return err_set(err, -EINVAL,
			       "%s: lies inside %s, where the mount would hide "
			       "it. Mount over %s itself, or choose a mount "
			       "point outside",
			       a->backing, a->mountpoint, a->backing);
	return 0;
}

int preflight_mount(const struct args *a, struct err *err)
{
	bool same = !strcmp(a->backing, a->mountpoint);
	int r = check_place(a->mountpoint, err);

	if (r == 0 && !same)
		r = check_place(a->backing, err);
	if (r == 0)
		r = check_access(a->backing, R_OK | W_OK | X_OK, err);
	if (r == 0 && !same)
		r = check_access(a->mountpoint, X_OK, err);
	if (r == 0 && !same)
		r = check_nested(a, err);
	if (r == 0)
		r = check_device(err);
	if (r == 0)
		r = check_user(a, err);
	return r;
}
