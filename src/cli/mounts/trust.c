/* SPDX-License-Identifier: MIT */
#include "cli/mounts/trust.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"

static bool parse_uid(const char *word, uid_t *ret)
{
	char *end;
	unsigned long n;

	if (!*word || strspn(word, "0123456789") != strlen(word))
		return false;
	errno = 0;
	n = strtoul(word, &end, 10);
	*ret = (uid_t)n;
	return !errno && n < (uid_t)-1;
}

static bool uid_of_name(const char *name, uid_t *ret)
{
	struct passwd *p = getpwnam(name);

	if (p)
		*ret = p->pw_uid;
	return p;
}

bool trust_lists(const char *list, uid_t owner,
		 bool (*uid_of)(const char *name, uid_t *ret))
{
	auto_free char *copy = strdup(list);
	char *word, *save = NULL;
	uid_t uid;

	for (word = copy ? strtok_r(copy, ",", &save) : NULL; word;
	     word = strtok_r(NULL, ",", &save))
		if ((parse_uid(word, &uid) || uid_of(word, &uid)) &&
		    uid == owner)
			return true;
	return false;
}

bool trust_owner(uid_t owner)
{
	const char *list = getenv("IDEMFS_TRUST");

	if (owner == (uid_t)-1)
		return false;
	return owner == geteuid() || owner == 0 ||
	       (list && trust_lists(list, owner, uid_of_name));
}
