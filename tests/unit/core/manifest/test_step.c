/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/manifest/step.h"

#define ARGV "argv 0123456789abcdef0123456789abcdef\n"
#define HEAD "idemfs-step 1\nmark a.done\ncommand true\n" ARGV
#define INPUT \
	"input 3 5.000000007 9 00112233445566778899aabbccddeeff in\\nput\n"

static int decode(const char *text, struct step *s)
{
	return step_decode(text, strlen(text), s);
}

Test(step, what_is_encoded_is_decoded)
{
	struct record r = { .kind = RECORD_INPUT,
			    .path = "odd \n \\ name",
			    .st = { 7, { 8, 9 }, 10 },
			    .digest = { { 0xab, 1 } } };
	struct step s = { .mark = strdup("g/a.done"),
			  .command = strdup("sort -o b\na"),
			  .act = STEP_FAIL,
			  .has_ran = true,
			  .ran = { { 5, 6 }, { 7, 8 }, 137 } };
	struct step back;
	char *text;

	cr_assert_eq(step_add_input(&s, &r), 0);
	text = step_encode(&s);
	cr_assert_eq(decode(text, &back), 0, "%s", text);
	cr_assert_str_eq(back.mark, "g/a.done");
	cr_assert_str_eq(back.command, "sort -o b\na");
	cr_assert_eq((int)back.act, STEP_FAIL);
	cr_assert(back.has_ran);
	cr_assert_eq(back.ran.began.tv_nsec, 6);
	cr_assert_eq(back.ran.ended.tv_sec, 7);
	cr_assert_eq(back.ran.status, 137);
	cr_assert_eq(back.count, 1);
	cr_assert_str_eq(back.inputs[0].path, r.path);
	cr_assert_eq(back.inputs[0].kind, RECORD_INPUT);
	cr_assert_eq(back.inputs[0].st.size, 7);
	cr_assert_eq(back.inputs[0].st.mtime.tv_nsec, 9);
	cr_assert_eq(back.inputs[0].st.ino, 10);
	cr_assert_eq(back.inputs[0].digest.bytes[0], 0xab);
	step_release(&back);
	step_release(&s);
	free(text);
}

Test(step, the_begin_of_a_session_is_decoded)
{
	struct step s = { .mark = strdup("night\nrun/.. of ü"),
			  .command = strdup("./all.sh"),
			  .act = STEP_BEGIN,
			  .kind = SESSION_RUN,
			  .learn = true,
			  .pid = 4711 };
	char *text = step_encode(&s);
	struct step back;

	cr_assert_eq(decode(text, &back), 0, "%s", text);
	cr_assert_eq((int)back.act, STEP_BEGIN);
	cr_assert_eq((int)back.kind, SESSION_RUN);
	cr_assert(back.learn);
	cr_assert_eq(back.pid, 4711);
	cr_assert_str_eq(back.mark, "night\nrun/.. of ü");
	step_release(&back);
	step_release(&s);
	free(text);
}

Test(step, without_the_lines_of_a_session_it_is_a_step)
{
	struct step s;

	cr_assert_eq(decode("idemfs-step 1\nbegin a\ncommand c\n" ARGV, &s), 0);
	cr_assert_eq((int)s.kind, SESSION_STEP);
	cr_assert_eq(s.pid, 0);
	cr_assert_not(s.learn);
	step_release(&s);
}

Test(step, lines_of_a_session_that_are_wrong_are_refused)
{
	static const char *const bad[] = {
		"kind\n",
		"kind shell\n",
		"kind run \n",
		"pid 0\n",
		"pid -1\n",
		"pid 2147483648\n",
		"pid 99999999999999999999999999\n",
		"pid \n",
		"pid 1x\n",
		"learn no\n",
		"learn yes\nlearn yes\n",
		"learn yes\npid 1\n", /* out of order */
		"pid 1\nkind run\n",
	};
	struct step s;
	char text[400], name[300];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text),
			 "idemfs-step 1\nbegin a\n%scommand c\n" ARGV, bad[i]);
		cr_assert_eq(decode(text, &s), -EBADMSG, "%zu", i);
	}
	cr_assert_eq(
		decode("idemfs-step 1\nmark a\nkind run\ncommand c\n" ARGV, &s),
		-EBADMSG);
	memset(name, 'n', sizeof(name));
	for (int n = 255; n <= 256; n++) {
		snprintf(
			text, sizeof(text),
			"idemfs-step 1\nend %.*s\nkind session\ncommand c\n" ARGV,
			n, name);
		cr_assert_eq(decode(text, &s), n == 255 ? 0 : -EBADMSG);
		if (n == 255)
			step_release(&s);
	}
	cr_assert_eq(
		decode("idemfs-step 1\nend \nkind run\ncommand c\n" ARGV, &s),
		-EBADMSG);
	/* A NUL cannot be part of a name: it would end it. */
	cr_assert_eq(
		decode("idemfs-step 1\nend a\\x00b\nkind run\ncommand c\n" ARGV,
		       &s),
		-EBADMSG);
}

Test(step, what_is_no_message_is_refused)
{
	static const char *const bad[] = {
		"",
		"idemfs-step 1\n",
		"idemfs-step 0\nmark a\ncommand c\n" ARGV,
		"idemfs-step 1\nmark a.done\ncommand true\n",
		"idemfs-step 1\nmark ../a\ncommand true\n" ARGV,
		"idemfs-step 1\nmark \ncommand true\n" ARGV,
		"idemfs-step 1\nmark a\ncommand t\nargv 012\n",
		"mark a.done\nidemfs-step 1\n",
		"idemfs-step 1\nstop a\ncommand t\n" ARGV,
		HEAD "ran 1.000000000\n",
		HEAD "ran 1.000000000 2.000000000\n",
		HEAD "ran 1.000000000 2.000000000 \n",
		HEAD "ran 1.000000000 2.000000000 -1\n",
		HEAD "ran 1.000000000 2.000000000 1000\n",
		HEAD "ran 1.000000000 2.000000000 1\nran 1.000000000 "
		     "2.000000000 1\n",
		HEAD "input\n",
		HEAD "input -3 5.000000007 9 0011 in\n",
		HEAD "input 3 5.000000007 9 "
		     "00112233445566778899aabbccddeeff \n",
		HEAD "input 3 5 9 00112233445566778899aabbccddeeff in\n",
		HEAD "input 99999999999999999999 5.000000007 9 "
		     "00112233445566778899aabbccddeeff in\n",
		HEAD INPUT "more\n",
		HEAD "input 3 5.000000007 9 00112233445566778899aabbccddeeff "
		     "no newline",
	};
	struct step s;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_eq(decode(bad[i], &s), -EBADMSG, "%zu", i);
	cr_assert_eq(decode("idemfs-step 2\nwhatever\n", &s), -EPROTO);
	cr_assert_eq(decode(HEAD INPUT, &s), 0);
	cr_assert_str_eq(s.inputs[0].path, "in\nput");
	step_release(&s);
}

Test(step, every_cut_message_is_refused_or_whole)
{
	static const char text[] = HEAD INPUT;
	struct step s;

	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		int r = step_decode(text, n, &s);

		/* Without its input it is a message, too. */
		cr_assert_eq(r, n == strlen(HEAD) ? 0 : -EBADMSG, "%zu", n);
		if (r == 0)
			step_release(&s);
	}
}

Test(step, names_of_marks)
{
	static const char *const good[] = { "a", "a.done", "a/b", "x y/z\n" };
	static const char *const bad[] = { "",	   "/",	     "/a",  "a/",
					   "a//b", ".",	     "..",  ".a",
					   "a/.",  "a/../b", "a/.b" };
	char long_name[300];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		cr_assert_eq(step_check_name(good[i]), 0, "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_eq(step_check_name(bad[i]), -EINVAL, "%s", bad[i]);
	memset(long_name, 'x', sizeof(long_name));
	long_name[256] = '\0';
	cr_assert_eq(step_check_name(long_name), -EINVAL);
	long_name[255] = '\0';
	cr_assert_eq(step_check_name(long_name), 0);
}

Test(step, arguments_are_told_apart)
{
	char *one[] = { (char *)"a b", NULL };
	char *two[] = { (char *)"a", (char *)"b", NULL };
	char *empty[] = { (char *)"a b", (char *)"", NULL };
	struct digest x = step_argv(one), y = step_argv(two);
	struct digest z = step_argv(empty), again = step_argv(one);

	cr_assert(memcmp(&x, &y, sizeof(x)));
	cr_assert(memcmp(&x, &z, sizeof(x)));
	cr_assert(!memcmp(&x, &again, sizeof(x)));
}
