/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"

Test(err, set_returns_the_code_and_keeps_the_text)
{
	struct err err = { "old" };

	cr_assert_eq(err_set(&err, -ENOENT, "no %s in %d", "cat", 7), -ENOENT);
	cr_assert_str_eq(err.text, "no cat in 7");
}

Test(err, may_be_null)
{
	cr_assert_eq(err_set(NULL, -EIO, "%s", "unheard"), -EIO);
}

Test(err, text_stays_one_printable_line)
{
	struct err err;

	err_set(&err, -EIO, "a\nb\tc\x1b[31m\x7f.");
	cr_assert_str_eq(err.text, "a?b?c?[31m?.");
}

Test(err, long_text_is_cut_and_ended)
{
	struct err err;
	char word[3000];

	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	err_set(&err, -EIO, "%s", word);
	cr_assert_eq(strlen(err.text), sizeof(err.text) - 1);
}
