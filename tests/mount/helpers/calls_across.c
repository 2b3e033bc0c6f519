/* SPDX-License-Identifier: MIT */
/*
 * calls: across the boundary of a filesystem that is mounted on "in", beside
 * the directory "out" (calls.h).
 */
#include "calls.h"

#include <linux/fs.h>
#include <sys/statvfs.h>

static int exchange(const char *a, const char *b)
{
	return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

static void space(const char *path)
{
	struct statvfs st;

	T(statvfs(path, &st));
	printf("  %s: blocks %lu of %lu, files %lu\n", path, st.f_blocks,
	       st.f_frsize, st.f_files);
}

static void device(const char *a, const char *b)
{
	struct stat sa, sb;

	stat(a, &sa);
	stat(b, &sb);
	printf("  %s and %s: %s number\n", a, b,
	       sa.st_ino == sb.st_ino ? "the same" : "another");
}

int main(void)
{
	umask(022);
	put("in/f", "inside");
	put("out/f", "outside");
	T(mkdir("in/d", 0755));
	T(rename("in/f", "out/g"));
	T(rename("out/f", "in/g"));
	T(rename("out/f", "in/f"));
	T(rename("in/d", "out/d"));
	T(exchange("in/f", "out/f"));
	T(link("in/f", "out/l"));
	T(link("out/f", "in/l"));
	T(rename("in", "elsewhere"));
	T(rename("out", "in"));
	T(rmdir("in"));
	T(unlink("in"));
	T(symlink("../in/f", "out/s"));
	CAT("out/s");
	CAT("in/f"), CAT("out/f");
	S("in/f"), S("in/d"), S("in/g"), S("out/g");
	space("in"), space("in/f"), space("in/d"), space("out");
	device("in/f", "out/f");
	T(unlink("in/f"));
	T(rmdir("in/d"));
	T(unlink("out/s"));
	T(unlink("out/f"));
	return 0;
}
