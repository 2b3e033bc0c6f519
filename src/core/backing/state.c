/* SPDX-License-Identifier: MIT */
#include "core/backing/state.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>

#include "base/sys.h"
#include "base/util.h"

#define FORMAT_MAX 4096 /* bytes of the format file; later ones may say more */
#define LOCK_MAX 1024	/* bytes of the lock file */

/* --- directories ---------------------------------------------------------- */

/* Opens directory @name, made if it is missing, which *ret_made then says. */
static int make_dir(int dirfd, const char *name, bool *ret_made)
{
	int fd = sys_open_dir(dirfd, name), r;

	if (fd != -ENOENT)
		return fd;
	r = sys.mkdirat(dirfd, name, 0700);
	if (r < 0 && r != -EEXIST)
		return r;
	*ret_made = r == 0;
	return sys_open_dir(dirfd, name);
}

/* Says what went wrong with @name below .idemfs (NULL: .idemfs itself). */
static int say(struct err *err, int code, const char *path, const char *name)
{
	const char *slash = name ? "/" : "", *what = strerror(-code);

	if (code == -ELOOP)
		what = "is a symlink: remove it, it is idemfs' own name";
	else if (code == -ENOTDIR)
		what = "is no directory: remove it, it is idemfs' own name";
	else if (code == -EBADF || code == -EISDIR || code == -ENXIO)
		what = "is no plain file: remove it, it is idemfs' own name";
	else if (code == -EROFS)
		what = "the filesystem is read-only, and idemfs keeps what it "
		       "needs to know there: remount it read-write";
	else if ((code == -EACCES || code == -EPERM) && geteuid() == 0)
		what = "not permitted, even to root: is it immutable "
		       "(lsattr), or on a server that does not trust root?";
	else if (code == -EACCES || code == -EPERM)
		what = "permission denied: mount as the owner of the directory";
	return err_set(err, code, "%s/" STATE_DIR "%s%s: %s", path, slash,
		       name ? name : "", what);
}

/* --- format --------------------------------------------------------------- */

/* Takes "idemfs N", and whatever lines a later version may add. */
static bool parse_format(const char *text, size_t size, unsigned int *ret)
{
	unsigned int format = 0;
	char end = '\n';

	if (strlen(text) != size ||
	    sscanf(text, "idemfs %9u%c", &format, &end) < 1 || end != '\n' ||
	    format == 0)
		return false;
	*ret = format;
	return true;
}

/*
 * -ENOENT, with nothing in @err, when there is none; -EPROTO when we may not
 * touch it.
 */
static int check_format(int dir, const char *path, struct err *err)
{
	auto_free char *text = NULL;
	unsigned int format;
	size_t size;
	int r;

	r = sys_read_file(dir, "format", FORMAT_MAX, &text, &size);
	if (r == -ENOENT)
		return r;
	if (r < 0 && r != -EFBIG)
		return say(err, r, path, "format");
	if (r < 0 || !parse_format(text, size, &format))
		return err_set(err, -EPROTO,
			       "%s/" STATE_DIR "/format is not what idemfs "
			       "writes: is the directory its own?",
			       path);
	if (format > STATE_FORMAT)
		return err_set(err, -EPROTO,
			       "%s/" STATE_DIR
			       " has format %u, made by a newer "
			       "idemfs; this one knows up to %d",
			       path, format, STATE_FORMAT);
	return 0;
}

static int write_format(int dir)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "idemfs %d\n", STATE_FORMAT);

	return sys_replace_file(dir, "format", text, (size_t)n, true);
}

/* --- owner ---------------------------------------------------------------- */

#define REMEDY_MOUNT                                                           \
	"mount as that user, or look what is in it (idemfs partial list DIR) " \
	"and remove it"
#define REMEDY_LOOK "run this as that user"

/*
 * Can only this user write to directory @name of the state (NULL: the state's
 * own)?  *ret_mode gets its permissions.  Not even root accepts one of another
 * user's: that user may have kept a descriptor, and swap what is written there.
 */
static int check_private(int dir, const char *path, const char *name,
			 const char *remedy, mode_t *ret_mode, struct err *err)
{
	const char *slash = name ? "/" : "";
	struct stat st;

	name = name ? name : "";
	if (fstat(dir, &st) < 0)
		return say(err, -errno, path, *name ? name : NULL);
	if (st.st_uid != geteuid())
		return err_set(err, -EPERM,
			       "%s/" STATE_DIR
			       "%s%s belongs to user %u, not to you (%u): %s",
			       path, slash, name, st.st_uid, geteuid(), remedy);
	if (st.st_mode & 022)
		return err_set(err, -EPERM,
			       "%s/" STATE_DIR
			       "%s%s can be written to by others: look what is "
			       "in it, then chmod 700 it",
			       path, slash, name);
	*ret_mode = st.st_mode & 07777;
	return 0;
}

/* The value of "@key value" in the lock's text, up to the end of its line. */
static const char *lock_value(const char *text, const char *key, int *ret_n)
{
	size_t n = strlen(key);

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (!strncmp(text, key, n) && text[n] == ' ') {
			*ret_n = (int)strcspn(text + n + 1, "\n");
			return text + n + 1;
		}
	}
	*ret_n = 1;
	return "?";
}

static int say_busy(int dir, const char *path, struct err *err)
{
	int pid_n = 1, host_n = 1;
	auto_free char *text = NULL;
	const char *pid, *host;
	size_t size;

	/* The process that has the lock may not have signed it yet. */
	if (sys_read_file(dir, "lock", LOCK_MAX, &text, &size) < 0 || !*text)
		return err_set(err, -EBUSY,
			       "%s is mounted by another idemfs already", path);
	pid = lock_value(text, "pid", &pid_n);
	host = lock_value(text, "host", &host_n);
	return err_set(err, -EBUSY,
		       "%s is mounted by another idemfs already (pid %.*s on "
		       "host %.*s): unmount that one first",
		       path, pid_n, pid, host_n, host);
}

static int take_lock(int dir, const char *path, struct err *err)
{
	auto_fd fd = sys_open_file(dir, "lock", O_RDWR | O_CREAT);
	int r;

	if (fd < 0)
		return say(err, fd, path, "lock");
	do
		r = flock(fd, LOCK_EX | LOCK_NB);
	while (r < 0 && errno == EINTR);
	if (r < 0 && errno == EWOULDBLOCK)
		return say_busy(dir, path, err);
	if (r < 0)
		return say(err, -errno, path, "lock");
	return steal_fd(&fd);
}

int state_sign(const struct state *s)
{
	auto_free char *boot = NULL;
	char host[256], text[LOCK_MAX];
	size_t size;
	int n, r;

	if (gethostname(host, sizeof(host)) < 0)
		return -errno;
	host[sizeof(host) - 1] = '\0';
	/* A pid means nothing after a reboot. */
	if (sys_read_file(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64,
			  &boot, &size) == 0)
		boot[strcspn(boot, "\n")] = '\0';

	n = snprintf(text, sizeof(text), "pid %ld\nhost %s\nboot %s\n",
		     (long)getpid(), host, boot ? boot : "?");
	r = sys_pwrite_all(s->lock, text, (size_t)n, 0);
	return r < 0 ? r : sys.ftruncate(s->lock, n);
}

/* --- the log --------------------------------------------------------------- */

static int open_log(const struct state *s)
{
	return sys_open_file(s->dir, "log", O_WRONLY | O_APPEND | O_CREAT);
}

int state_rotate_log(const struct state *s)
{
	int r = sys.renameat2(s->dir, "log", s->dir, "log.1", 0);
	auto_fd fd = r < 0 ? r : open_log(s);

	if (fd < 0)
		return fd;
	return dup3(fd, s->log, O_CLOEXEC) < 0 ? -errno : 0;
}

/* --- all of it ------------------------------------------------------------ */

void state_release(struct state *s)
{
	close_fd(s->tmp);
	close_fd(s->partial);
	close_fd(s->marks);
	close_fd(s->log);
	close_fd(s->lock);
	close_fd(s->dir);
	*s = (struct state)STATE_CLOSED;
}

/* Opens what is in the locked directory, and makes what is missing. */
static int fill(struct state *s, const char *path, struct err *err)
{
	struct {
		const char *name;
		int *fd;
	} dirs[] = {
		{ "tmp", &s->tmp },
		{ "partial", &s->partial },
		{ "marks", &s->marks },
	};
	mode_t mode;
	bool made;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		*dirs[i].fd = make_dir(s->dir, dirs[i].name, &made);
		if (*dirs[i].fd < 0)
			return say(err, *dirs[i].fd, path, dirs[i].name);
		/* Of marks the mount shows owner and mode: they may be changed. */
		r = dirs[i].fd == &s->marks
			    ? 0
			    : check_private(*dirs[i].fd, path, dirs[i].name,
					    REMEDY_MOUNT, &mode, err);
		if (r < 0)
			return r;
	}
	s->log = open_log(s);
	return s->log < 0 ? say(err, s->log, path, "log") : 0;
}

/* Writes the format file, as the directory is complete.  It is in @root. */
static int seal(const struct state *s, int root)
{
	int r = write_format(s->dir);

	if (r < 0)
		return r;
	r = sys.fsync(root);
	return r == -EBADF ? 0 : r; /* a root that was opened with O_PATH */
}

static int open_locked(int root, const char *path, struct state *s,
		       struct err *err)
{
	mode_t mode = 0700;
	bool unsealed;
	int r;

	s->dir = make_dir(root, STATE_DIR, &s->fresh);
	if (s->dir < 0)
		return say(err, s->dir, path, NULL);
	r = check_private(s->dir, path, NULL, REMEDY_MOUNT, &mode, err);
	if (r < 0)
		return r;

	/* Checked before the first change, and again under the lock. */
	r = check_format(s->dir, path, err);
	if (r < 0 && r != -ENOENT)
		return r;
	s->lock = take_lock(s->dir, path, err);
	if (s->lock < 0)
		return s->lock;
	r = check_format(s->dir, path, err);
	if (r < 0 && r != -ENOENT)
		return r;
	unsealed = r == -ENOENT;

	/*
	 * A copy may have been made with another umask.  On a filesystem
	 * without modes this changes nothing.
	 */
	if (mode != 0700)
		sys.fchmod(s->dir, 0700);
	r = fill(s, path, err);
	if (r == 0 && unsealed) {
		s->fresh = true;
		r = seal(s, root);
		if (r < 0)
			return say(err, r, path, "format");
	}
	if (r == 0)
		state_sign(s); /* words for people: no reason to fail */
	return r;
}

int state_open(int root, const char *path, struct state *ret, struct err *err)
{
	struct state s = STATE_CLOSED;
	int r = open_locked(root, path, &s, err);

	if (r < 0)
		state_release(&s);
	else
		*ret = s;
	return r;
}

/* A private directory has only what its owner or root have put there. */
static int open_private(int at, const char *path, const char *name, int *ret,
			struct err *err)
{
	mode_t mode;

	*ret = sys_open_dir(at, name ? name : STATE_DIR);
	if (*ret < 0)
		return *ret == -ENOENT && !name ? *ret
						: say(err, *ret, path, name);
	return check_private(*ret, path, name, REMEDY_LOOK, &mode, err);
}

static int open_marks(struct state *s, const char *path, struct err *err)
{
	s->marks = sys_open_dir(s->dir, "marks");
	return s->marks < 0 ? say(err, s->marks, path, "marks") : 0;
}

int state_open_readonly(int root, const char *path, struct state *ret,
			struct err *err)
{
	struct state s = STATE_CLOSED;
	int r = open_private(root, path, NULL, &s.dir, err);

	if (r == 0)
		r = check_format(s.dir, path, err);
	if (r == -ENOENT)
		err_set(err, r,
			"%s has no " STATE_DIR ": idemfs was never "
			"mounted over it",
			path);
	if (r == 0)
		r = open_private(s.dir, path, "tmp", &s.tmp, err);
	if (r == 0)
		r = open_private(s.dir, path, "partial", &s.partial, err);
	if (r == 0)
		r = open_marks(&s, path, err);
	if (r < 0)
		state_release(&s);
	else
		*ret = s;
	return r;
}

/* --- on a read-only filesystem -------------------------------------------- */

/* A directory that is removed as soon as it is open. */
static int open_nowhere(void)
{
	static const char *const places[] = { "/tmp", "/dev/shm", "/run" };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		char path[64];
		int fd;

		snprintf(path, sizeof(path), "%s/idemfs-XXXXXX", places[i]);
		if (!mkdtemp(path))
			continue;
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		rmdir(path);
		if (fd >= 0)
			return fd;
	}
	return -EROFS;
}

/* An empty directory stands for what is missing.  Temps are made nowhere. */
static int stand_in(struct state *s, int root)
{
	auto_fd nowhere = open_nowhere();
	int *const dirs[] = { &s->dir, &s->partial, &s->marks };

	if (nowhere < 0)
		return nowhere;
	close_fd(s->tmp);
	s->tmp = fcntl(root, F_DUPFD_CLOEXEC, 0);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (*dirs[i] < 0)
			*dirs[i] = fcntl(nowhere, F_DUPFD_CLOEXEC, 0);
	s->fixed = true;
	return s->tmp < 0 || s->dir < 0 || s->partial < 0 || s->marks < 0
		       ? -EMFILE
		       : 0;
}

/* No user can change what is there, so it may belong to any. */
static int open_as_is(int root, const char *path, struct state *s,
		      struct err *err)
{
	int r;

	s->dir = sys_open_dir(root, STATE_DIR);
	if (s->dir < 0)
		return s->dir == -ENOENT ? s->dir
					 : say(err, s->dir, path, NULL);
	r = check_format(s->dir, path, err);
	if (r < 0)
		return r;
	s->partial = sys_open_dir(s->dir, "partial");
	if (s->partial < 0)
		return say(err, s->partial, path, "partial");
	return open_marks(s, path, err);
}

int state_open_fixed(int root, const char *path, struct state *ret,
		     struct err *err)
{
	struct state s = STATE_CLOSED;
	int r = open_as_is(root, path, &s, err);

	if (r == 0 || r == -ENOENT) {
		r = stand_in(&s, root);
		if (r < 0)
			err_set(err, r,
				"%s: is read-only, and no empty directory can "
				"be made in /tmp to stand for its state: %s",
				path, strerror(-r));
	}
	if (r < 0)
		state_release(&s);
	else
		*ret = s;
	return r;
}
