/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/mounts/trust.h"

static bool lookup(const char *name, uid_t *ret)
{
	if (strcmp(name, "alice") != 0)
		return false;
	*ret = 1001;
	return true;
}

Test(trust, a_list_names_users_by_name_and_number)
{
	cr_expect(trust_lists("alice", 1001, lookup));
	cr_expect(trust_lists("1001", 1001, lookup));
	cr_expect(trust_lists("bob,1,alice", 1001, lookup));
	cr_expect(trust_lists(",,1001,", 1001, lookup));
}

Test(trust, what_is_no_user_is_nobody)
{
	static const char *const lists[] = {
		"",	  "bob",	"alic",
		"alice1", "1002",	"1001 ",
		" 1001",  "+1001",	"0x3e9",
		"1001x",  "4294968297", "18446744073709552617",
		"-1",	  "4294967295", "99999999999999999999999",
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		cr_expect_not(trust_lists(lists[i], 1001, lookup), "%s",
			      lists[i]);
		cr_expect_not(trust_lists(lists[i], (uid_t)-1, lookup), "%s",
			      lists[i]);
	}
}

Test(trust, root_and_oneself_are_trusted_and_nobody_else)
{
	uid_t other = geteuid() + 4711;

	unsetenv("IDEMFS_TRUST");
	cr_expect(trust_owner(0));
	cr_expect(trust_owner(geteuid()));
	cr_expect_not(trust_owner(other));
	cr_expect_not(trust_owner((uid_t)-1));
	setenv("IDEMFS_TRUST", "4294967295", 1);
	cr_expect_not(trust_owner((uid_t)-1));
}
