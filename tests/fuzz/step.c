/* SPDX-License-Identifier: MIT */
/*
 * step: any bytes are read as the message of a step, and what is taken for one
 * comes back as it was when it is written down again.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/manifest/step.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const struct step *a, const struct step *b)
{
	assert(!strcmp(a->mark, b->mark) && !strcmp(a->command, b->command));
	assert(!memcmp(&a->argv, &b->argv, sizeof(a->argv)));
	assert(a->act == b->act && a->kind == b->kind);
	assert(a->pid == b->pid && a->learn == b->learn);
	assert(a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		assert(!strcmp(a->inputs[i].path, b->inputs[i].path));
		assert(a->inputs[i].st.size == b->inputs[i].st.size);
		assert(a->inputs[i].st.ino == b->inputs[i].st.ino);
		assert(!memcmp(&a->inputs[i].digest, &b->inputs[i].digest,
			       sizeof(a->inputs[i].digest)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct step s, again;
	char *text;

	if (step_decode((const char *)data, size, &s) < 0)
		return 0;
	assert((s.kind == SESSION_STEP ? step_check_name(s.mark)
				       : step_check_title(s.mark)) == 0);
	text = step_encode(&s);
	assert(text && step_decode(text, strlen(text), &again) == 0);
	check_same(&s, &again);
	step_release(&again);
	step_release(&s);
	free(text);
	return 0;
}
