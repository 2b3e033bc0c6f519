/* SPDX-License-Identifier: MIT */
/*
 * html: one page that needs nothing else: no network, no script.
 */
#ifndef IDEMFS_CLI_REPORT_HTML_H
#define IDEMFS_CLI_REPORT_HTML_H

#include <stdio.h>

/* Up to and with <body>; @title is plain text. */
void html_begin(FILE *out, const char *title);
void html_end(FILE *out);

/*
 * Any bytes as text, or as the value of an attribute: what is not printable is
 * escaped as everywhere in idemfs (base/text.h), then < > & " ' for HTML.
 */
void html_text(FILE *out, const char *s);

#endif
