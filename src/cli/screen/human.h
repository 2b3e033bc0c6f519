/* SPDX-License-Identifier: MIT */
/*
 * human: points of time and spans for people.
 */
#ifndef IDEMFS_CLI_SCREEN_HUMAN_H
#define IDEMFS_CLI_SCREEN_HUMAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* "2026-11-23 10:59:01", local time. */
void human_when(const struct timespec *t, char *buf, size_t size);

bool human_before(const struct timespec *a, const struct timespec *b);

/* "0.3 s", "12 s", "4 min 05 s", "3 h 07 min", "2 d 5 h". */
void human_ms(int64_t ms, char *buf, size_t size);
/* In ms. */
int64_t human_between(const struct timespec *from, const struct timespec *to);
void human_span(const struct timespec *from, const struct timespec *to,
		char *buf, size_t size);

#endif
