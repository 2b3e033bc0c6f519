/* SPDX-License-Identifier: MIT */
/* calls: extended attributes and ACLs (calls.h). */
#include "calls.h"

#include <stdint.h>
#include <sys/xattr.h>

static char buf[1 << 17];

/* Names of @path in the order of the alphabet, but for those of security. */
static void list(const char *path)
{
	ssize_t n = llistxattr(path, buf, sizeof(buf));
	const char *last = "";

	printf("  %s:", path);
	for (;;) {
		const char *next = NULL;

		for (char *p = buf; p < buf + n; p += strlen(p) + 1)
			if (strcmp(p, last) > 0 &&
			    (!next || strcmp(p, next) < 0))
				next = p;
		if (!next)
			break;
		if (strcmp(next, "security.selinux"))
			printf(" %s", next);
		last = next;
	}
	printf("%s\n", n < 0 ? strerrorname_np(errno) : "");
}

static void names_and_sizes(const char *on)
{
	printf("on %s\n", on);
	T(setxattr(on, "user.a", "value", 5, XATTR_CREATE));
	T(setxattr(on, "user.a", "value", 5, XATTR_CREATE));
	T(setxattr(on, "user.none", "value", 5, XATTR_REPLACE));
	T(setxattr(on, "user.a", "other value", 11, XATTR_REPLACE));
	T(setxattr(on, "user.empty", "", 0, 0));
	T(getxattr(on, "user.a", buf, sizeof(buf)));
	T(getxattr(on, "user.a", NULL, 0));
	T(getxattr(on, "user.a", buf, 5));
	T(getxattr(on, "user.empty", buf, 5));
	T(getxattr(on, "user.none", buf, 5));
	T(removexattr(on, "user.none"));
	T(listxattr(on, buf, 3));
	T(setxattr(on, "trusted.t", "t", 1, 0));
	T(setxattr(on, "security.s", "s", 1, 0));
	T(setxattr(on, "system.none", "s", 1, 0));
	T(setxattr(on, "nonsense.x", "x", 1, 0));
	T(setxattr(on, "none", "x", 1, 0));
	T(setxattr(on, "user.", "x", 1, 0));
	T(setxattr(on, "", "x", 1, 0));
	T(setxattr(on, rep('u', 256), "x", 1, 0));
	T(setxattr(on, "user.big", buf, 65537, 0));
	T(setxattr(on, "user.a", "x", 1, 99));
	list(on);
	T(removexattr(on, "user.empty"));
	list(on);
}

static void on_links(void)
{
	T(lsetxattr("s", "user.l", "x", 1, 0));
	T(lsetxattr("s", "trusted.l", "x", 1, 0));
	list("s");
	T(lgetxattr("s", "trusted.l", buf, 9));
	T(setxattr("s", "user.through", "x", 1, 0));
	list("f");
	T(lremovexattr("s", "trusted.l"));
	T(setxattr("p", "user.p", "x", 1, 0));
	T(setxattr("p", "trusted.p", "x", 1, 0));
	list("p");
	T(getxattr("none", "user.a", buf, 9));
}

static void on_descriptors(void)
{
	int fd;

	FD(fd, open("f", O_RDONLY));
	T(fsetxattr(fd, "user.fd", "x", 1, 0));
	T(fgetxattr(fd, "user.fd", buf, 9));
	T(flistxattr(fd, buf, sizeof(buf)) > 0);
	T(fremovexattr(fd, "user.fd"));
	T(close(fd));
	FD(fd, open("f", O_WRONLY | O_APPEND));
	T(write(fd, "+", 1));
	T(fsetxattr(fd, "user.pending", "x", 1, 0));
	T(close(fd));
	list("f");
	FD(fd, open("f", O_WRONLY | O_TRUNC));
	T(fremovexattr(fd, "user.pending"));
	T(close(fd));
	list("f");
}

/* An ACL of version 2: user::rw-, user:7:r--, group::r--, mask::@mask, other */
struct acl {
	uint32_t version;
	struct {
		uint16_t tag, perm;
		uint32_t id;
	} entry[5];
};

static const struct acl acl = { 2,
				{ { 1, 6, -1u },
				  { 2, 4, 7 },
				  { 4, 4, -1u },
				  { 16, 7, -1u },
				  { 32, 0, -1u } } };

static void acls(void)
{
	put("acl", "acl");
	T(mkdir("ad", 0755));
	T(setxattr("acl", "system.posix_acl_access", &acl, sizeof(acl), 0));
	S("acl");
	list("acl");
	T(chmod("acl", 0640));
	T(getxattr("acl", "system.posix_acl_access", buf, sizeof(buf)));
	T(setxattr("acl", "system.posix_acl_default", &acl, sizeof(acl), 0));
	T(setxattr("acl", "system.posix_acl_access", "junk", 4, 0));
	T(setxattr("ad", "system.posix_acl_default", &acl, sizeof(acl), 0));
	OPEN("ad/new", O_WRONLY | O_CREAT, 0666);
	T(mkdir("ad/sub", 0777));
	T(mkfifo("ad/fifo", 0666));
	T(symlink("x", "ad/link"));
	S("ad"), S("ad/new"), S("ad/sub"), S("ad/fifo"), S("ad/link");
	list("ad"), list("ad/new"), list("ad/sub"), list("ad/fifo");
	OPEN("ad/new", O_WRONLY | O_TRUNC);
	S("ad/new"), list("ad/new");
	T(rename("ad/new", "out"));
	list("out");
	T(removexattr("out", "system.posix_acl_access"));
	S("out"), list("out");
	T(removexattr("ad", "system.posix_acl_default"));
	OPEN("ad/plain", O_WRONLY | O_CREAT, 0666);
	S("ad/plain"), list("ad/plain");
}

static void other_user(void)
{
	T(setxattr("f", "user.mine", "x", 1, 0));
	T(getxattr("f", "user.a", buf, 20));
	T(removexattr("f", "user.a"));
	T(getxattr("f", "trusted.t", buf, 20));
	T(setxattr("own", "user.mine", "x", 1, 0));
	T(setxattr("own", "trusted.t", "x", 1, 0));
	T(setxattr("own", "security.s", "x", 1, 0));
	T(setxattr("own", "security.capability", "x", 1, 0));
	T(setxattr("own", "system.posix_acl_access", &acl, sizeof(acl), 0));
	T(setxattr("f", "system.posix_acl_access", &acl, sizeof(acl), 0));
	list("own");
	S("own");
}

int main(void)
{
	umask(022);
	T(chmod(".", 0755));
	put("f", "f");
	T(mkdir("d", 0755));
	T(symlink("f", "s"));
	T(mkfifo("p", 0644));
	names_and_sizes("f");
	names_and_sizes("d");
	on_links();
	on_descriptors();
	acls();
	put("own", "own");
	T(chown("own", 2000, 2000));
	as_user(2000, 2000, other_user);
	return 0;
}
