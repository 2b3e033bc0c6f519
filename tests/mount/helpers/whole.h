/* SPDX-License-Identifier: MIT */
/*
 * whole: file content that tells by itself whether it is whole.
 *
 * whole_fill() makes one: a line "whole WRITER SEQ LENGTH CHECK", padded to
 * WHOLE_HEAD bytes, then bytes that follow from WRITER and SEQ.  whole_check()
 * says what is wrong with such content, or NULL.  Any mixture of two of them,
 * any cut and any hole is found.
 *
 * record_fill() and record_check() do the same for RECORD_SIZE bytes that
 * stand among others in one file.
 */
#ifndef WHOLE_H
#define WHOLE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHOLE_HEAD 64
#define RECORD_SIZE 64

/* A small generator of its own, so that a seed means the same everywhere. */
static inline uint64_t whole_random(uint64_t *state)
{
	uint64_t x = (*state += 0x9e3779b97f4a7c15u);

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static inline uint64_t whole_hash(const char *p, size_t n)
{
	uint64_t h = 1469598103934665603u;
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 1099511628211u;
	return h;
}

/* Fills @buf, which is at least WHOLE_HEAD bytes, with @size bytes. */
static inline void whole_fill(char *buf, size_t size, unsigned int writer,
			      unsigned int seq)
{
	uint64_t state = (uint64_t)writer << 32 | seq;
	char head[WHOLE_HEAD + 1];
	size_t i;

	for (i = WHOLE_HEAD; i < size; i++) {
		if (i % 8 == 0)
			whole_random(&state);
		buf[i] = (char)(state >> (i % 8 * 8));
	}
	snprintf(head, sizeof(head), "whole %u %u %zu %016llx\n", writer, seq,
		 size,
		 (unsigned long long)whole_hash(buf + WHOLE_HEAD,
						size - WHOLE_HEAD));
	memset(buf, '.', WHOLE_HEAD);
	memcpy(buf, head, strlen(head));
}

/* What is wrong with the content, in a buffer of the caller; NULL: nothing. */
static inline const char *whole_check(const char *buf, size_t size, char *why,
				      size_t why_size)
{
	char head[WHOLE_HEAD + 1];
	unsigned long long check;
	unsigned int writer;
	unsigned int seq;
	size_t length;

	memcpy(head, buf, size < WHOLE_HEAD ? size : WHOLE_HEAD);
	head[size < WHOLE_HEAD ? size : WHOLE_HEAD] = '\0';
	if (size < WHOLE_HEAD || sscanf(head, "whole %u %u %zu %llx\n", &writer,
					&seq, &length, &check) != 4) {
		snprintf(why, why_size, "no head in %zu bytes: '%.20s'", size,
			 head);
		return why;
	}
	if (length != size) {
		snprintf(why, why_size, "%zu bytes, head says %zu", size,
			 length);
		return why;
	}
	if (whole_hash(buf + WHOLE_HEAD, size - WHOLE_HEAD) != check) {
		snprintf(why, why_size,
			 "%zu bytes of writer %u, seq %u: checksum is wrong",
			 size, writer, seq);
		return why;
	}
	return NULL;
}

/* @buf is RECORD_SIZE bytes; the last one is a newline. */
static inline void record_fill(char *buf, unsigned int writer, unsigned int seq)
{
	char text[RECORD_SIZE + 1];
	int n = snprintf(text, sizeof(text), "record %u %u ", writer, seq);

	snprintf(text + n, sizeof(text) - (size_t)n, "%016llx",
		 (unsigned long long)whole_hash(text, (size_t)n));
	memset(buf, '.', RECORD_SIZE);
	memcpy(buf, text, strlen(text));
	buf[RECORD_SIZE - 1] = '\n';
}

/* 0 when @buf is a record; its writer and number are given. */
static inline int record_check(const char *buf, unsigned int *ret_writer,
			       unsigned int *ret_seq)
{
	char want[RECORD_SIZE];
	char text[RECORD_SIZE + 1];

	memcpy(text, buf, RECORD_SIZE);
	text[RECORD_SIZE] = '\0';
	if (sscanf(text, "record %u %u ", ret_writer, ret_seq) != 2)
		return -1;
	record_fill(want, *ret_writer, *ret_seq);
	return memcmp(want, buf, RECORD_SIZE) ? -1 : 0;
}

#endif
