/* SPDX-License-Identifier: MIT */
/* calls: reading directories while they change, and df (calls.h). */
#include "calls.h"

#include <dirent.h>
#include <sys/statvfs.h>

#define MANY 3000

static unsigned int seen[2 * MANY];

static void name_of(char *buf, size_t size, unsigned int i)
{
	snprintf(buf, size, "d/a-rather-long-name-for-one-file-%u", i);
}

static void fill(void)
{
	char name[64];

	T(mkdir("d", 0755));
	for (unsigned int i = 0; i < MANY; i++) {
		name_of(name, sizeof(name), i);
		if (symlink("x", name) < 0)
			perror(name);
	}
}

static void note(const struct dirent *e)
{
	const char *number = strrchr(e->d_name, '-');
	unsigned int i = number ? (unsigned int)atoi(number + 1) : 2 * MANY;

	if (i < 2 * MANY)
		seen[i]++;
}

/* How many of the first @n were seen once, and how many of all more often. */
static void count(unsigned int n)
{
	unsigned int once = 0, often = 0;

	for (unsigned int i = 0; i < n; i++)
		once += seen[i] == 1;
	for (unsigned int i = 0; i < 2 * MANY; i++)
		often += seen[i] > 1;
	printf("  seen once: %u of %u, more often: %u\n", once, n, often);
	memset(seen, 0, sizeof(seen));
}

/* Removes the odd ones and makes others while it reads. */
static void read_and_change(void)
{
	DIR *d = opendir("d");
	unsigned int n = 0, even = 0;
	struct dirent *e;
	char name[64];

	while ((e = readdir(d))) {
		note(e);
		if (++n > MANY / 2 || n % 4)
			continue;
		name_of(name, sizeof(name), n + MANY);
		if (symlink("x", name) < 0)
			perror(name);
		name_of(name, sizeof(name), (2 * n + 1) % MANY);
		unlink(name);
	}
	closedir(d);
	for (unsigned int i = 0; i < MANY; i += 2)
		even += seen[i] == 1;
	printf("  even ones that stayed: %u\n", even);
	memset(seen, 0, sizeof(seen));
}

static void seek(void)
{
	DIR *d = opendir("d");
	char names[2][300] = { "", "" };
	struct dirent *e;
	long at = 0;

	for (int i = 0; i < 100; i++)
		readdir(d);
	at = telldir(d);
	e = readdir(d);
	strcpy(names[0], e->d_name);
	while (readdir(d))
		;
	seekdir(d, at);
	e = readdir(d);
	strcpy(names[1], e->d_name);
	printf("  the same after seekdir: %s\n",
	       strcmp(names[0], names[1]) ? "no" : "yes");
	while ((e = readdir(d)))
		;
	rewinddir(d);
	while ((e = readdir(d)))
		note(e);
	T(closedir(d));
}

static void remove_while_reading(void)
{
	DIR *d = opendir("d");
	struct dirent *e;
	unsigned int n = 0;

	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			n += unlinkat(dirfd(d), e->d_name, 0) == 0;
	printf("  removed %u\n", n);
	T(closedir(d));
	T(rmdir("d"));
}

static void rewound(void)
{
	DIR *d;
	unsigned int n = 0;

	T(mkdir("r", 0755));
	d = opendir("r");
	while (readdir(d))
		n++;
	put("r/f", "f");
	rewinddir(d);
	while (readdir(d))
		n++;
	printf("  entries: %u\n", n);
	T(unlink("r/f"));
	T(rmdir("r"));
	rewinddir(d);
	errno = 0;
	T(readdir(d) != NULL);
	printf("  errno %d\n", errno);
	T(closedir(d));
}

static void types(void)
{
	struct dirent *e;
	DIR *d;

	T(mkdir("t", 0755));
	put("t/regular", "");
	T(mkdir("t/directory", 0755));
	T(symlink("x", "t/symlink"));
	T(mkfifo("t/fifo", 0644));
	d = opendir("t");
	while ((e = readdir(d))) {
		struct stat st;

		fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW);
		if (e->d_type != IFTODT(st.st_mode))
			printf("  %s: type %d\n", e->d_name, e->d_type);
		if (e->d_ino != st.st_ino && strcmp(e->d_name, ".."))
			printf("  %s: another number\n", e->d_name);
	}
	T(closedir(d));
}

static void space(void)
{
	struct statvfs st;

	T(statvfs("t", &st));
	printf("  blocks %lu of %lu, files %lu, name %lu\n", st.f_blocks,
	       st.f_frsize, st.f_files, st.f_namemax);
	T(statvfs("t/regular", &st));
	printf("  blocks %lu of %lu, name %lu\n", st.f_blocks, st.f_frsize,
	       st.f_namemax);
	T(statvfs("none", &st));
	T(pathconf("t", _PC_NAME_MAX));
	T(pathconf("t", _PC_PATH_MAX));
}

int main(void)
{
	umask(022);
	fill();
	seek();
	count(MANY);
	read_and_change();
	remove_while_reading();
	rewound();
	types();
	space();
	return 0;
}
