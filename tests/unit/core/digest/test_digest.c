/* SPDX-License-Identifier: MIT */
#include "base/util.h"
#include "core/digest/digest.h"
#include "unit/scratch.h"

static struct scratch s;

static void setup(void)
{
	s = scratch_open();
}

static void teardown(void)
{
	scratch_close(&s);
}

TestSuite(digest, .init = setup, .fini = teardown);

static void check_size(size_t size)
{
	auto_free char *data = malloc(size + 1), *line = NULL, *command = NULL;
	auto_fd fd = openat(s.dir, "f", O_RDWR | O_CREAT | O_TRUNC, 0644);
	char text[DIGEST_TEXT];
	struct digest d;
	int64_t found = -1;
	size_t room = 0;

	for (size_t i = 0; i < size; i++)
		data[i] = (char)(i * 2654435761u >> 13);
	cr_assert_eq(sys_pwrite_all(fd, data, size, 0), 0);
	cr_assert_eq(digest_file(fd, &d, &found), 0);
	cr_assert_eq(found, (int64_t)size);
	digest_text(&d, text);

	/* xxhsum(1) is the judge. */
	cr_assert_gt(asprintf(&command, "xxhsum -H128 %s/f", s.path), 0);
	FILE *p = popen(command, "re");
	cr_assert_gt(getline(&line, &room, p), 32, "xxhsum");
	pclose(p);
	cr_assert(strstr(line, text), "%s %s", text, line);
}

Test(digest, is_what_xxhsum_says)
{
	static const size_t sizes[] = {
		0,	1,	16383,	16384,	16385,
		262143, 262144, 262145, 524288, 1000003
	};

	if (system("command -v xxhsum > /dev/null"))
		scratch_skip(&s, "no xxhsum");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		check_size(sizes[i]);
}

Test(digest, holes_are_zeros)
{
	static const off_t ends[] = { 100000, 262144, 3000000 };
	static const off_t data[] = { 0, 70000, 99999 };

	for (size_t i = 0; i < ARRAY_SIZE(ends) * ARRAY_SIZE(data); i++) {
		auto_fd fd =
			openat(s.dir, "f", O_RDWR | O_CREAT | O_TRUNC, 0600);
		off_t end = ends[i / ARRAY_SIZE(data)];
		auto_free char *all = calloc(1, (size_t)end);
		struct digest holes, full;
		int64_t size;

		cr_assert_eq(ftruncate(fd, end), 0);
		cr_assert_eq(pwrite(fd, "x", 1, data[i % ARRAY_SIZE(data)]), 1);
		cr_assert_eq(digest_file(fd, &holes, &size), 0);
		cr_assert_eq(size, end);
		cr_assert_eq(pread(fd, all, (size_t)end, 0), end);
		cr_assert_eq(sys_pwrite_all(fd, all, (size_t)end, 0), 0);
		cr_assert_eq(digest_file(fd, &full, &size), 0);
		cr_assert_eq(size, end);
		cr_assert_arr_eq(&holes, &full, sizeof(full));
	}
}

Test(digest, of_what_is_unlinked_is_given_up)
{
	auto_fd fd = openat(s.dir, "f", O_RDWR | O_CREAT, 0600);
	struct digest d;
	int64_t size;

	cr_assert_eq(ftruncate(fd, 1000000), 0);
	cr_assert_eq(digest_file_until(fd, NULL, NULL, &d, &size), 0);
	cr_assert_eq(unlinkat(s.dir, "f", 0), 0);
	cr_assert_eq(digest_file_until(fd, NULL, NULL, &d, &size), -ESTALE);
	cr_assert_eq(digest_file(fd, &d, &size), 0);
}

/* 4 MiB of holes, in two of 2 MiB with bytes between them. */
Test(digest, of_too_many_holes_is_given_up)
{
	const int64_t half = 2 << 20;
	auto_free char *block = calloc(1, (size_t)half);
	auto_fd fd = openat(s.dir, "f", O_RDWR | O_CREAT, 0600);
	struct digest d, whole;
	int64_t size;

	cr_assert_eq(sys_pwrite_all(fd, block, (size_t)half, half), 0);
	cr_assert_eq(ftruncate(fd, 3 * half), 0);
	cr_assert_eq(digest_file(fd, &whole, &size), 0);
	cr_assert_eq(digest_file_within(fd, 2 * half, &d, &size), 0);
	cr_assert_eq(size, 3 * half);
	cr_assert_arr_eq(&d, &whole, sizeof(d));
	cr_assert_eq(digest_file_within(fd, 2 * half - 1, &d, &size), -EFBIG);
}

Test(digest, of_what_cannot_be_read_is_an_error)
{
	struct digest d;
	int64_t size = -1;

	cr_assert_eq(digest_file(s.dir, &d, &size), -EISDIR);
	cr_assert_eq(size, -1);
}
