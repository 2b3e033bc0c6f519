/* SPDX-License-Identifier: MIT */
#include "core/quarantine/quarantine.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "core/backing/copy.h"
#include "core/backing/state.h"
#include "core/quarantine/spare.h"

#define RECORD_VERSION 1
#define RECORD_MAX (256 * 1024) /* bytes of a record; paths are far shorter */
#define ID_MAX_DIGITS 18	/* so that the next number always fits */
#define LAST_FILE "last"
#define COPY_PREFIX STATE_TEMP_PREFIX "copy-"

/* --- record: writing ------------------------------------------------------ */

static int put_text(FILE *f, const char *key, const char *value)
{
	auto_free char *text = text_escape(value ? value : "");

	if (!text)
		return -ENOMEM;
	fprintf(f, "%s %s\n", key, text);
	return 0;
}

static void put_time(FILE *f, const char *key, struct timespec t)
{
	fprintf(f, "%s %lld.%09ld\n", key, (long long)t.tv_sec, t.tv_nsec);
}

static void put_origin(FILE *f, const struct origin *m)
{
	char text[ORIGIN_TEXT];

	origin_text(m, text);
	fprintf(f, "origin %s\n", text);
}

char *partial_encode(const struct partial *p)
{
	auto_free char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int r;

	if (!f)
		return NULL;
	fprintf(f, "idemfs-partial %d\n", RECORD_VERSION);
	r = put_text(f, "path", p->path);
	put_time(f, "time", p->time);
	put_time(f, "began", p->began);
	fprintf(f, "pid %ld\n", (long)p->pid);
	r |= put_text(f, "command", p->command);
	r |= put_text(f, "why", p->why);
	if (p->origin.known)
		put_origin(f, &p->origin);
	fprintf(f, "size %" PRId64 "\n", p->size);

	/* A stream in memory fails only for want of memory, at last here. */
	if (fclose(f) != 0 || r != 0)
		return NULL;
	return steal_ptr(&text);
}

/* --- record: reading ------------------------------------------------------ */

/* All of the @n bytes at @s as a number from 0 to @max, or -1. */
static int64_t get_number(const char *s, size_t n, int64_t max)
{
	int64_t v = 0;

	if (n == 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		if (v > (max - (s[i] - '0')) / 10)
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

/* "-12.000000001": the fraction always has nine digits and counts upwards. */
static bool get_time(const char *s, size_t n, struct timespec *ret)
{
	const char *dot = memchr(s, '.', n);
	bool negative = n > 0 && *s == '-';
	int64_t sec, nsec;

	if (!dot || s + n - dot != 10)
		return false;
	sec = get_number(s + negative, (size_t)(dot - s) - negative, INT64_MAX);
	nsec = get_number(dot + 1, 9, 999999999);
	if (sec < 0 || nsec < 0)
		return false;
	ret->tv_sec = negative ? -sec : sec;
	ret->tv_nsec = (long)nsec;
	return true;
}

static bool get_text(const char *s, size_t n, char **ret)
{
	*ret = text_unescape(s, n);
	return *ret != NULL;
}

/* A path as the mount hands it out: relative, and each name a real one. */
static bool path_is_clean(const char *path)
{
	size_t n;

	if (!*path)
		return true; /* unknown */
	for (;; path += n + 1) {
		n = strcspn(path, "/");
		if (n == 0 || (n == 1 && path[0] == '.') ||
		    (n == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (!path[n])
			return true;
	}
}

enum key {
	KEY_PATH,
	KEY_TIME,
	KEY_BEGAN,
	KEY_PID,
	KEY_COMMAND,
	KEY_WHY,
	KEY_SIZE,
	KEYS_NEEDED,
	KEY_ORIGIN = KEYS_NEEDED,
	KEYS
};

static const char *const key_names[KEYS] = {
	[KEY_PATH] = "path", [KEY_TIME] = "time",	[KEY_BEGAN] = "began",
	[KEY_PID] = "pid",   [KEY_COMMAND] = "command", [KEY_WHY] = "why",
	[KEY_SIZE] = "size", [KEY_ORIGIN] = "origin",
};

static bool get_value(struct partial *p, enum key key, const char *s, size_t n)
{
	switch (key) {
	case KEY_PATH:
		return get_text(s, n, &p->path) && path_is_clean(p->path);
	case KEY_TIME:
		return get_time(s, n, &p->time);
	case KEY_BEGAN:
		return get_time(s, n, &p->began);
	case KEY_PID:
		p->pid = (pid_t)get_number(s, n, INT_MAX);
		return p->pid >= 0;
	case KEY_COMMAND:
		return get_text(s, n, &p->command);
	case KEY_WHY:
		return get_text(s, n, &p->why);
	case KEY_SIZE:
		p->size = get_number(s, n, INT64_MAX);
		return p->size >= 0;
	case KEY_ORIGIN:
		return origin_parse(s, n, &p->origin);
	case KEYS:
		break;
	}
	return false;
}

/* Takes the line of @n bytes at @s; *seen has a bit for each key so far. */
static bool get_line(struct partial *p, const char *s, size_t n,
		     unsigned int *seen)
{
	const char *space = memchr(s, ' ', n);
	size_t len = space ? (size_t)(space - s) : n;

	for (unsigned int key = 0; key < KEYS; key++) {
		if (len != strlen(key_names[key]) ||
		    memcmp(s, key_names[key], len) != 0)
			continue;
		if (!space || (*seen & 1U << key))
			return false;
		*seen |= 1U << key;
		return get_value(p, (enum key)key, space + 1, n - len - 1);
	}
	return true; /* of a later version */
}

/* Takes the first line: how long it is with its end, or -errno. */
static ssize_t get_header(const char *text, size_t size)
{
	static const char magic[] = "idemfs-partial ";
	const size_t len = sizeof(magic) - 1;
	const char *end = memchr(text, '\n', size);
	int64_t version;

	if (!end || (size_t)(end - text) <= len ||
	    memcmp(text, magic, len) != 0)
		return -EBADMSG;
	version = get_number(text + len, (size_t)(end - text) - len, INT_MAX);
	if (version < 1)
		return -EBADMSG;
	return version > RECORD_VERSION ? -EPROTO : end + 1 - text;
}

int partial_decode(const char *text, size_t size, struct partial *ret)
{
	struct partial p = { 0 };
	unsigned int seen = 0;
	ssize_t n = size ? get_header(text, size) : -EBADMSG;
	const char *end;

	if (n < 0)
		return (int)n;
	for (; (size_t)n < size; n = end + 1 - text) {
		end = memchr(text + n, '\n', size - (size_t)n);
		if (!end ||
		    !get_line(&p, text + n, (size_t)(end - text - n), &seen))
			break;
	}
	/* A torn record ends within a line, or lacks some. */
	if ((size_t)n < size || (seen | 1U << KEY_ORIGIN) != (1U << KEYS) - 1) {
		partial_release(&p);
		return -EBADMSG;
	}
	*ret = p;
	return 0;
}

void partial_release(struct partial *p)
{
	free(p->path);
	free(p->command);
	free(p->why);
	*p = (struct partial){ 0 };
}

/* --- the directory -------------------------------------------------------- */

struct name {
	char text[32];
};

static struct name bytes_name(uint64_t id)
{
	struct name name;

	snprintf(name.text, sizeof(name.text), "%" PRIu64, id);
	return name;
}

static struct name record_name(uint64_t id)
{
	struct name name;

	snprintf(name.text, sizeof(name.text), "%" PRIu64 ".txt", id);
	return name;
}

/* The number in @name, or 0; *ret_record says whether it names a record. */
static uint64_t parse_name(const char *name, bool *ret_record)
{
	size_t n = strspn(name, "0123456789");

	if (n == 0 || n > ID_MAX_DIGITS || name[0] == '0')
		return 0;
	if (name[n] && strcmp(name + n, ".txt") != 0)
		return 0;
	*ret_record = name[n] != '\0';
	return strtoull(name, NULL, 10);
}

/* Calls @fn with every number in @dir until it fails; the order is any. */
static int for_each(int dir, int (*fn)(void *arg, uint64_t id, bool record),
		    void *arg)
{
	/* A descriptor of its own: the position is not shared with others. */
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	struct dirent *entry;
	uint64_t id;
	bool record;
	DIR *d;

	if (fd < 0)
		return -errno;
	d = fdopendir(fd);
	if (!d) {
		r = -errno;
		close_fd(fd);
		return r;
	}
	while (r == 0) {
		errno = 0;
		entry = readdir(d);
		if (!entry) {
			r = -errno;
			break;
		}
		id = parse_name(entry->d_name, &record);
		if (id)
			r = fn(arg, id, record);
	}
	closedir(d);
	return r;
}

static uint64_t read_last(int dir)
{
	auto_free char *text = NULL;
	int64_t v = -1;
	size_t size;

	if (sys_read_file(dir, LAST_FILE, 64, &text, &size) == 0)
		v = get_number(text, strcspn(text, "\n"),
			       INT64_C(999999999999999999));
	return v < 0 ? 0 : (uint64_t)v;
}

/* Remembers that @id was used, unless that is known. */
static void write_last(int dir, uint64_t id)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%" PRIu64 "\n", id);

	/* If this fails, the number may come again. */
	if (id > read_last(dir))
		sys_replace_file(dir, LAST_FILE, text, (size_t)n, false);
}

/* --- put ------------------------------------------------------------------ */

/*
 * The highest number of one directory, so that ten thousand puts are not ten
 * thousand listings.
 */
static struct {
	pthread_mutex_t lock;
	bool known;    /* under lock */
	dev_t dev;     /* under lock */
	ino_t ino;     /* under lock */
	uint64_t last; /* under lock */
} numbers = { .lock = PTHREAD_MUTEX_INITIALIZER };

struct scan {
	int dir;
	uint64_t last;
};

/* Finds the highest number, and drops records that have no bytes. */
static int scan_one(void *arg, uint64_t id, bool record)
{
	struct scan *scan = arg;
	struct stat st;

	if (id > scan->last)
		scan->last = id;
	if (record &&
	    fstatat(scan->dir, bytes_name(id).text, &st, AT_SYMLINK_NOFOLLOW) &&
	    errno == ENOENT)
		sys.unlinkat(scan->dir, record_name(id).text, 0);
	return 0;
}

static int know_numbers_locked(int dir)
{
	struct scan scan = { .dir = dir };
	struct stat st;
	int r;

	if (fstat(dir, &st) < 0)
		return -errno;
	if (numbers.known && numbers.dev == st.st_dev &&
	    numbers.ino == st.st_ino)
		return 0;
	scan.last = read_last(dir);
	r = for_each(dir, scan_one, &scan);
	if (r < 0)
		return r;
	numbers.known = true;
	numbers.dev = st.st_dev;
	numbers.ino = st.st_ino;
	numbers.last = scan.last;
	return 0;
}

/*
 * Takes the next number and makes its record file, whose descriptor is the
 * result; -ENOSPC and the like leave the number taken and *ret_id set.
 */
static int take_number(int dir, uint64_t *ret_id)
{
	LOCK_SCOPE(&numbers.lock);
	int r = know_numbers_locked(dir);

	if (r < 0)
		return r;
	do {
		*ret_id = ++numbers.last;
		r = sys.openat(dir, record_name(*ret_id).text,
			       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	} while (r == -EEXIST);
	return r;
}

/* Keeps the owner, as far as we may and the quota has room for it. */
static void copy_owner(int in, int out)
{
	struct stat st;

	if (!fstat(in, &st) && sys.fchown(out, st.st_uid, st.st_gid) == 0)
		(void)sys.fchmod(out, st.st_mode & 0777);
}

int quarantine_copy(int partialdir, int from, char **ret_name)
{
	static atomic_uint count;
	auto_free char *name = NULL;
	auto_fd out = -1;
	int r;

	if (asprintf(&name, COPY_PREFIX "%u", atomic_fetch_add(&count, 1)) < 0)
		return -ENOMEM;
	/* A crash may have left one. */
	sys.unlinkat(partialdir, name, 0);
	out = sys.openat(partialdir, name,
			 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (out < 0)
		return out;
	copy_owner(from, out);
	r = copy_bytes(from, out);
	/* The original is removed next. */
	if (!r)
		r = sys.fsync(out);
	if (r < 0)
		sys.unlinkat(partialdir, name, 0);
	else
		*ret_name = steal_ptr(&name);
	return r;
}

/* Never over another file; some filesystems cannot promise that (EINVAL). */
static int move_in(int dir, const char *to, int fromdir, const char *from)
{
	int r = sys.renameat2(fromdir, from, dir, to, RENAME_NOREPLACE);

	return r == -EINVAL ? sys.renameat2(fromdir, from, dir, to, 0) : r;
}

int quarantine_rename(int partialdir, int fromdir, const char *name,
		      const struct partial *p, uint64_t *ret_id)
{
	auto_free char *text = partial_encode(p);
	auto_fd fd = -1;
	uint64_t id = 0;
	int r;

	fd = take_number(partialdir, &id);
	if (id == 0)
		return fd;
	/*
	 * On a full disk there may be no room for the record, but a rename
	 * needs none: the bytes are kept in any case.
	 */
	r = fd >= 0 && text ? sys_pwrite_all(fd, text, strlen(text), 0) : fd;
	if (r < 0 && text)
		spare_use(partialdir, record_name(id).text, text, strlen(text));
	else
		spare_refill(partialdir);

	r = move_in(partialdir, bytes_name(id).text, fromdir, name);
	if (r < 0) {
		sys.unlinkat(partialdir, record_name(id).text, 0);
		return r;
	}
	*ret_id = id;
	return 0;
}

/* On failure nothing of it stays in quarantine. */
static int put_copy(int dir, const char *copy, int fromdir, const char *from,
		    const struct partial *p, uint64_t *ret_id)
{
	uint64_t id;
	int r = quarantine_rename(dir, dir, copy, p, &id);

	if (r < 0) {
		sys.unlinkat(dir, copy, 0);
		return r;
	}
	r = sys.unlinkat(fromdir, from, 0);
	if (r < 0) {
		sys.unlinkat(dir, bytes_name(id).text, 0);
		sys.unlinkat(dir, record_name(id).text, 0);
		return r;
	}
	*ret_id = id;
	return 0;
}

int quarantine_put(int partialdir, int fromdir, const char *name,
		   const struct partial *p, uint64_t *ret_id)
{
	int r = quarantine_rename(partialdir, fromdir, name, p, ret_id);
	auto_free char *copy = NULL;
	auto_fd in = -1;

	if (r != -EXDEV)
		return r;
	in = sys_open_file(fromdir, name, O_RDONLY);
	if (in < 0)
		return in;
	r = quarantine_copy(partialdir, in, &copy);
	return r < 0 ? r : put_copy(partialdir, copy, fromdir, name, p, ret_id);
}

/* --- list, count, open, drop ---------------------------------------------- */

void partial_list_release(struct partial_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		partial_release(&l->items[i]);
	free(l->items);
	*l = (struct partial_list){ 0 };
}

static int collect(void *arg, uint64_t id, bool record)
{
	struct partial_list *l = arg;
	struct partial *items;

	if (record)
		return 0;
	items = reallocarray(l->items, l->count + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	l->items = items;
	l->items[l->count++] = (struct partial){ .id = id };
	return 0;
}

/* Fills @p with what can be said of bytes that have no record. */
static int describe_unknown(int dir, struct partial *p)
{
	struct stat st;

	p->path = strdup("");
	p->command = strdup("");
	p->why = strdup("");
	if (!p->path || !p->command || !p->why)
		return -ENOMEM;
	if (fstatat(dir, bytes_name(p->id).text, &st, AT_SYMLINK_NOFOLLOW) ==
	    0) {
		p->size = st.st_size;
		p->time = st.st_ctim;
		p->began = st.st_ctim;
	}
	return 0;
}

static int read_record(int dir, struct partial *p)
{
	auto_free char *text = NULL;
	uint64_t id = p->id;
	size_t size;
	int r;

	r = sys_read_file(dir, record_name(id).text, RECORD_MAX, &text, &size);
	if (r == 0)
		r = partial_decode(text, size, p);
	p->id = id;
	return r == 0 ? 0 : describe_unknown(dir, p);
}

static int by_id(const void *a, const void *b)
{
	const struct partial *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

int quarantine_list(int partialdir, struct partial_list *ret)
{
	struct partial_list l = { 0 };
	int r = for_each(partialdir, collect, &l);

	if (r == 0 && l.count)
		qsort(l.items, l.count, sizeof(*l.items), by_id);
	for (size_t i = 0; r == 0 && i < l.count; i++)
		r = read_record(partialdir, &l.items[i]);
	if (r < 0)
		partial_list_release(&l);
	else
		*ret = l;
	return r;
}

static int count_one(void *arg, uint64_t id, bool record)
{
	int64_t *n = arg;

	(void)id;
	*n += !record;
	return 0;
}

int64_t quarantine_count(int partialdir)
{
	int64_t n = 0;
	int r = for_each(partialdir, count_one, &n);

	return r < 0 ? r : n;
}

int quarantine_open(int partialdir, uint64_t id)
{
	return sys_open_file(partialdir, bytes_name(id).text, O_RDONLY);
}

int quarantine_drop(int partialdir, uint64_t id)
{
	int r;

	r = sys.unlinkat(partialdir, bytes_name(id).text, 0);
	if (r < 0)
		return r;
	r = sys.unlinkat(partialdir, record_name(id).text, 0);
	write_last(partialdir, id);
	return r == -ENOENT ? 0 : r;
}
