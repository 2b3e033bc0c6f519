/* SPDX-License-Identifier: MIT */
/*
 * Prints the options of every subcommand, a line each, for tools/check-manual:
 * SUBCOMMAND, key, letter, argument, its words with spaces between them, and the
 * paragraph of the manual, with a tab between two.
 */
#include <stdio.h>
#include <string.h>

#include "cli/args/command.h"

static void print_row(const struct command *c, const struct option_row *o)
{
	printf("%s\t%s\t%.1s\t%s\t", c->name, o->key ? o->key : "", &o->letter,
	       o->argument ? o->argument : "");
	for (const struct option_word *w = o->words; w && w->word; w++)
		printf("%s%s", w == o->words ? "" : " ", w->word);
	printf("\t%s\n", o->manual ? o->manual : "");
}

int main(void)
{
	for (const struct command *const *c = subcommands; *c; c++)
		for (size_t i = 0; (*c)->options[i]; i++)
			for (const struct option_row *o = (*c)->options[i];
			     o->key || o->letter; o++)
				if (!o->only || !strcmp(o->only, (*c)->name))
					print_row(*c, o);
	return 0;
}
