/* SPDX-License-Identifier: MIT */
#include "cli/args/command.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/util.h"
#include "cli/screen/say.h"

#define ROWS_MAX 48
#define LONG 256  /* plus the number of a row: what getopt_long() returns */
#define COLUMN 24 /* of --help: where what an option does begins */

static const struct option_row help_row = {
	.key = "help",
	.letter = 'h',
	.kind = OPTION_SWITCH,
	.help = "this text",
};

/* All rows of a subcommand, also as getopt_long(3) has them. */
struct spelling {
	const struct option_row *rows[ROWS_MAX];
	size_t count;
	struct option longs[ROWS_MAX + 1];
	char shorts[2 * ROWS_MAX + 3];
};

static void spell_row(struct spelling *s, const struct option_row *o)
{
	size_t n = strlen(s->shorts), longs = 0;

	if (s->count == ROWS_MAX)
		return;
	while (s->longs[longs].name)
		longs++;
	if (o->key)
		s->longs[longs] = (struct option){
			.name = o->key,
			.has_arg = o->argument ? required_argument
					       : no_argument,
			.val = LONG + (int)s->count,
		};
	if (o->letter) {
		s->shorts[n++] = o->letter;
		if (o->argument)
			s->shorts[n] = ':';
	}
	s->rows[s->count++] = o;
}

static struct spelling spell(const struct command *c)
{
	struct spelling s = { .count = 0 };

	strcpy(s.shorts, c->in_order ? "+:" : ":");
	for (size_t i = 0; i < ARRAY_SIZE(c->options) && c->options[i]; i++)
		for (const struct option_row *o = c->options[i];
		     o->key || o->letter; o++)
			spell_row(&s, o);
	spell_row(&s, &help_row);
	return s;
}

/* --- what is not understood ------------------------------------------------ */

int command_misuse(const struct command *c, const char *what)
{
	say_error("%s: %s. See idemfs %s --help", c->name, what, c->name);
	return c->misuse ? c->misuse : EXIT_USAGE;
}

static void refuse_long(const struct command *c, const struct spelling *s,
			const char *word)
{
	auto_free char *name = strndup(word, strcspn(word, "="));
	struct nearest n = { .word = name ? name : word };

	if (optopt) {
		say_error("--%s: takes no value", n.word);
		return;
	}
	for (const struct option *o = s->longs; o->name; o++)
		nearest_offer(&n, o->name);
	if (n.best)
		say_error("--%s: unknown option. Did you mean --%s?", n.word,
			  n.best);
	else
		say_error("--%s: unknown option. See idemfs %s --help", n.word,
			  c->name);
}

/* What getopt_long() has just refused with @got, '?' or ':'. */
static void refuse(const struct command *c, const struct spelling *s, int got,
		   char **argv)
{
	const char *word = argv[optind - 1];

	if (got == ':')
		/* optopt names it; a long one is the last word read */
		say_error("%s: needs a value. See idemfs %s --help", word,
			  c->name);
	else if (!strncmp(word, "--", 2) && word[2])
		refuse_long(c, s, word + 2);
	else
		say_error("-%c: unknown option. See idemfs %s --help", optopt,
			  c->name);
}

/* --- reading --------------------------------------------------------------- */

static const struct option_row *row_of(const struct spelling *s, int got)
{
	if (got >= LONG)
		return s->rows[got - LONG];
	for (size_t i = 0; i < s->count; i++)
		if (s->rows[i]->letter == got)
			return s->rows[i];
	return NULL; /* '?' or ':' */
}

static bool take(const struct command *c, const struct option_row *o,
		 void *into, int *ret_status)
{
	struct err err = { 0 };
	char what[128];
	int r;

	*ret_status = c->misuse ? c->misuse : EXIT_USAGE;
	if (o == &help_row) {
		*ret_status = command_help(c);
		return false;
	}
	if (o->only && strcmp(o->only, c->name) != 0) {
		snprintf(what, sizeof(what), "--%s is for %s", o->key, o->only);
		command_misuse(c, what);
		return false;
	}
	r = option_set(o, into, optarg, &err);
	if (r < 0)
		say_failure(&err, "options", r);
	return r == 0;
}

bool command_read(const struct command *c, int argc, char **argv, void *into,
		  int *ret_status)
{
	struct spelling s = spell(c);
	int got;

	opterr = 0;
	while ((got = getopt_long(argc, argv, s.shorts, s.longs, NULL)) != -1) {
		const struct option_row *o = row_of(&s, got);

		if (!o) {
			refuse(c, &s, got, argv);
			*ret_status = c->misuse ? c->misuse : EXIT_USAGE;
			return false;
		}
		if (!take(c, o, into, ret_status))
			return false;
	}
	return true;
}

bool command_one(const struct command *c, int argc, const char *what,
		 int *ret_status)
{
	if (argc - optind == 1)
		return true;
	*ret_status =
		command_misuse(c, argc == optind ? what : "one at a time");
	return false;
}

/* --- help ------------------------------------------------------------------ */

static void print_row(const struct option_row *o)
{
	char name[64];
	int n = snprintf(name, sizeof(name), "  ");

	if (o->letter)
		n += snprintf(name + n, sizeof(name) - (size_t)n, "-%c%s",
			      o->letter, o->key ? ", " : "");
	if (o->key)
		n += snprintf(name + n, sizeof(name) - (size_t)n, "--%s",
			      o->key);
	if (o->argument)
		n += snprintf(name + n, sizeof(name) - (size_t)n, " %s",
			      o->argument);
	printf(n < COLUMN ? "%-*s" : "%-*s  ", COLUMN, name);
	for (const char *p = o->help; *p; p++) {
		putchar(*p);
		if (*p == '\n')
			printf("%*s", COLUMN, "");
	}
	putchar('\n');
}

int command_help(const struct command *c)
{
	struct spelling s = spell(c);

	printf("idemfs %s: %s\n\n%s\n", c->name, c->purpose, c->usage);
	for (size_t i = 0; i < s.count; i++)
		if (!s.rows[i]->only || !strcmp(s.rows[i]->only, c->name))
			print_row(s.rows[i]);
	printf("\n%s", c->notes);
	return say_finish();
}
