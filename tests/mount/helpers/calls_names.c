/* SPDX-License-Identifier: MIT */
/* calls: names: making, linking, renaming and removing them (calls.h). */
#include "calls.h"

#include <limits.h>
#include <linux/fs.h>
#include <sys/sysmacros.h>

static void make(void)
{
	T(mkdir("d", 0755));
	T(mkdir("d", 0755));
	T(mkdir("d/", 0755));
	T(mkdir("d2/", 0755));
	T(mkdir("none/x", 0755));
	T(mkdir("", 0755));
	T(mkdir(".", 0755));
	T(mkdir("..", 0755));
	put("f", "f");
	T(mkdir("f", 0755));
	T(mkdir("f/x", 0755));
	OPEN("f/", O_RDONLY);
	OPEN("f/.", O_RDONLY);
	OPEN("new/", O_WRONLY | O_CREAT, 0644);
	OPEN("", O_RDONLY | O_CREAT, 0644);
	T(symlink("f", "s"));
	T(symlink("f", "s"));
	T(symlink("f", "d"));
	T(symlink("", "empty"));
	T(symlink("f", "x/"));
	T(symlink(rep('x', PATH_MAX - 1), "long"));
	T(symlink(rep('x', PATH_MAX), "longer"));
	S("long");
	T(mkfifo("p", 0640));
	T(mkfifo("p", 0640));
	T(mknod("dev", S_IFCHR | 0600, makedev(1, 3)));
	T(mknod("blk", S_IFBLK | 0600, makedev(7, 255)));
	T(mknod("reg", S_IFREG | 0604, 0));
	T(mknod("dir", S_IFDIR | 0755, 0));
	T(mknod("zero", 0644, 0));
	T(mknod("lnk", S_IFLNK | 0644, 0));
	S("d"), S("d2"), S("s"), S("p"), S("dev"), S("blk"), S("reg"),
		S("zero");
}

static void remove_names(void)
{
	T(unlink("d"));
	T(rmdir("f"));
	T(rmdir("s"));
	T(unlink("none"));
	T(rmdir("none"));
	T(unlink("f/x"));
	T(unlink("f/"));
	T(unlink("s/"));
	T(rmdir("d/."));
	T(rmdir("d/.."));
	T(rmdir("d/"));
	T(rmdir("d"));
	T(unlink(""));
	T(rmdir(""));
	T(unlink("."));
	T(mkdir("full", 0755));
	put("full/x", "x");
	T(rmdir("full"));
	T(unlinkat(AT_FDCWD, "full", 0));
	T(unlinkat(AT_FDCWD, "full", AT_REMOVEDIR));
	T(unlinkat(AT_FDCWD, "full/x", AT_REMOVEDIR));
	T(unlinkat(AT_FDCWD, "full/x", 0x4000));
	T(unlink("full/x"));
	T(rmdir("full"));
	T(unlink("p"));
	T(unlink("dev"));
	T(unlink("s"));
	S("f");
}

static void lengths(void)
{
	char path[PATH_MAX + 64], *p = path;

	T(mkdir(rep('n', 255), 0755));
	T(mkdir(rep('n', 256), 0755));
	T(symlink("x", rep('m', 255)));
	T(symlink("x", rep('m', 256)));
	OPEN(rep('o', 255), O_WRONLY | O_CREAT, 0644);
	OPEN(rep('o', 256), O_WRONLY | O_CREAT, 0644);
	T(link(rep('o', 255), rep('q', 255)));
	T(link(rep('o', 255), rep('q', 256)));
	T(rename(rep('o', 255), rep('r', 255)));
	T(rename(rep('r', 255), rep('r', 256)));
	T(unlink(rep('z', 256)));
	S(rep('q', 255));
	T(unlink(rep('q', 255)));
	S(rep('r', 255));
	for (int i = 0; i < 16; i++) {
		memset(p, 'a' + i, 254);
		p += 254;
		*p = '\0';
		T(mkdir(path, 0755));
		*p++ = '/';
	}
	/* A path of PATH_MAX - 1 bytes is the longest there is. */
	memset(p, 'x', (size_t)(path + PATH_MAX - p));
	path[PATH_MAX - 1] = '\0';
	OPEN(path, O_WRONLY | O_CREAT, 0644);
	S(path);
	path[PATH_MAX - 1] = 'x';
	path[PATH_MAX] = '\0';
	OPEN(path, O_WRONLY | O_CREAT, 0644);
}

static void links(void)
{
	put("one", "1");
	T(link("one", "two"));
	S("one"), S("two");
	T(link("two", "three"));
	T(unlink("one"));
	S("two"), S("three"), S("one");
	T(link("one", "four"));
	T(chmod("three", 0600));
	S("two");
	T(link("two", "four"));
	T(link("two", "three"));
	T(unlink("three"));
	OPEN("four", O_WRONLY | O_APPEND);
	S("four");
	T(unlink("two"));
	S("four");
	T(mkdir("ld", 0755));
	T(link("ld", "ld2"));
	T(link("none", "x"));
	T(link("four", "none/x"));
	T(link("four", "ld/x"));
	T(link("four/", "x"));
	T(link("four", "x/"));
	T(symlink("four", "sl"));
	T(link("sl", "sl2"));
	S("sl"), S("sl2");
	T(linkat(AT_FDCWD, "sl", AT_FDCWD, "followed", AT_SYMLINK_FOLLOW));
	S("followed");
	T(mkfifo("lp", 0644));
	T(link("lp", "lp2"));
	T(unlink("lp"));
	S("lp2");
}

static void link_by_descriptor(void)
{
	char proc[64];
	int fd;

	put("by", "by");
	FD(fd, open("by", O_RDONLY));
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	T(linkat(fd, "", AT_FDCWD, "by2", AT_EMPTY_PATH));
	errno = 0;
	calls_print("linkat(/proc/self/fd)",
		    linkat(AT_FDCWD, proc, AT_FDCWD, "by3", AT_SYMLINK_FOLLOW));
	FS(fd);
	T(unlink("by"));
	T(unlink("by2"));
	T(unlink("by3"));
	FS(fd);
	T(linkat(fd, "", AT_FDCWD, "by4", AT_EMPTY_PATH));
	T(close(fd));
}

static void renames(void)
{
	put("a", "a");
	put("b", "b");
	T(mkdir("da", 0755));
	T(mkdir("da/sub", 0755));
	T(mkdir("db", 0755));
	T(rename("a", "b"));
	CAT("b");
	T(rename("a", "b"));
	T(rename("b", "b"));
	T(rename("b", "da"));
	T(rename("da", "b"));
	T(rename("da", "da/sub/x"));
	T(rename("da", "da"));
	T(rename("db", "da"));
	T(rename("da", "db"));
	S("db"), S("da"), S("db/sub");
	T(rename("db/.", "x"));
	T(rename("db/..", "x"));
	T(rename("b", "x/"));
	T(rename("b/", "x"));
	T(rename("db", "dc/"));
	T(rename("dc/", "db"));
	T(rename("none", "x"));
	T(rename("b", "none/x"));
	T(rename("b/x", "x"));
	T(link("b", "b2"));
	T(rename("b", "b2"));
	S("b"), S("b2");
	T(symlink("b", "sym"));
	T(rename("sym", "b2"));
	S("b"), S("b2"), S("sym");
	T(mkfifo("fifo", 0600));
	T(rename("fifo", "b2"));
	S("b2");
}

static int rename_flags(const char *a, const char *b, unsigned int flags)
{
	return renameat2(AT_FDCWD, a, AT_FDCWD, b, flags);
}

static void renames_with_flags(void)
{
	put("ra", "a");
	put("rb", "b");
	T(mkdir("rd", 0755));
	put("rd/in", "in");
	T(rename_flags("ra", "rb", RENAME_NOREPLACE));
	T(rename_flags("ra", "rc", RENAME_NOREPLACE));
	T(rename_flags("rc", "rb", RENAME_EXCHANGE));
	CAT("rb"), CAT("rc");
	T(rename_flags("rc", "rd", RENAME_EXCHANGE));
	CAT("rc/in"), CAT("rd");
	T(rename_flags("rc", "rc/in", RENAME_EXCHANGE));
	T(rename_flags("rc/in", "rc", RENAME_EXCHANGE));
	T(rename_flags("rb", "none", RENAME_EXCHANGE));
	T(rename_flags("none", "rb", RENAME_EXCHANGE));
	T(rename_flags("none", "rb", RENAME_NOREPLACE));
	T(rename_flags("rb", "x", RENAME_EXCHANGE | RENAME_NOREPLACE));
	T(rename_flags("rb", "x", 1 << 10));
	T(rename_flags("rb", "white", RENAME_WHITEOUT));
	S("rb"), S("white");
	T(rename_flags("white", "rd", RENAME_WHITEOUT));
	S("white"), S("rd");
	T(rename_flags("rd", "x", RENAME_WHITEOUT | RENAME_EXCHANGE));
	T(rename_flags("rd", "x", RENAME_WHITEOUT | RENAME_NOREPLACE));
	S("rd"), S("x");
}

static void loops(void)
{
	char name[16], target[16];

	T(symlink("self", "self"));
	OPEN("self", O_RDONLY);
	OPEN("self", O_WRONLY | O_CREAT, 0644);
	T(chmod("self", 0644));
	T(truncate("self", 0));
	put("l0", "end");
	for (int i = 1; i <= 41; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		snprintf(target, sizeof(target), "l%d", i - 1);
		if (symlink(target, name) < 0)
			perror(name);
	}
	CAT("l40"), CAT("l41");
	T(symlink("made-by-link", "dangling"));
	OPEN("dangling", O_RDONLY);
	OPEN("dangling", O_WRONLY | O_CREAT | O_EXCL, 0644);
	OPEN("dangling", O_WRONLY | O_CREAT | O_NOFOLLOW, 0644);
	OPEN("dangling", O_WRONLY | O_CREAT, 0644);
	S("dangling"), S("made-by-link");
	T(mkdir("dangling", 0755));
	T(readlink("l0", target, sizeof(target)));
	T(readlink("l1", target, 1));
	T(readlink("none", target, 1));
}

int main(void)
{
	umask(022);
	make();
	remove_names();
	lengths();
	links();
	link_by_descriptor();
	renames();
	renames_with_flags();
	loops();
	return 0;
}
