/* SPDX-License-Identifier: MIT */
#include "cli/report/html.h"

#include "base/text.h"
#include "base/util.h"

/* Colours are named once, and again for the dark. */
static const char style[] =
	":root{color-scheme:light dark;--page:#fff;--ink:#1c2024;--soft:#60646c;"
	"--line:#d9dce0;--track:#f1f2f4;--done:#2a7ade;--warn:#b35c00;"
	"--warn-page:#fff3e0;--bad:#c4222d;--bad-page:#fdecec}\n"
	"@media(prefers-color-scheme:dark){:root{--page:#15171a;--ink:#e8eaed;"
	"--soft:#a0a6ae;--line:#34383e;--track:#22262b;--done:#5ea3f5;"
	"--warn:#f5a742;--warn-page:#35270f;--bad:#ff7b7b;--bad-page:#3a1d1f}}\n"
	"*{box-sizing:border-box}\n"
	"body{margin:0 auto;max-width:76rem;padding:1.5rem;"
	"font:15px/1.5 system-ui,sans-serif;color:var(--ink);"
	"background:var(--page)}\n"
	"h1{font-size:1.5rem;line-height:1.25;margin:0 0 .25rem;"
	"overflow-wrap:anywhere}\n"
	"h2{font-size:1.1rem;margin:2rem 0 .5rem}\n"
	"p{margin:.25rem 0}.soft{color:var(--soft)}\n"
	".facts{display:flex;flex-wrap:wrap;gap:.5rem;margin:1rem 0;padding:0;"
	"list-style:none}\n"
	".facts li{border:1px solid var(--line);border-radius:.5rem;"
	"padding:.3rem .8rem}\n"
	".facts b{display:block;font-size:1.2rem;line-height:1.3}\n"
	".warn{color:var(--warn)}.bad{color:var(--bad)}\n"
	"tr.warn td{background:var(--warn-page);color:inherit}"
	"tr.bad td{background:var(--bad-page);color:inherit}\n"
	".box{border:1px solid var(--line);border-radius:.5rem;overflow:auto;"
	"max-height:40rem}\n"
	"table{border-collapse:collapse;width:100%;font-size:.9rem}\n"
	"th,td{text-align:left;padding:.3rem .7rem;vertical-align:top;"
	"border-bottom:1px solid var(--line)}\n"
	"tr:last-child td{border-bottom:0}\n"
	"thead th{position:sticky;top:0;background:var(--page);"
	"border-bottom:1px solid var(--line);font-weight:600}\n"
	"td.n,th.n{text-align:right;white-space:nowrap;"
	"font-variant-numeric:tabular-nums}\n"
	"td.t{white-space:nowrap;font-variant-numeric:tabular-nums}\n"
	"td.p{overflow-wrap:anywhere;min-width:12rem}\n"
	"code{font:.92em ui-monospace,monospace;overflow-wrap:anywhere}\n"
	".time{position:relative;padding:.4rem .7rem .6rem}\n"
	".axis{position:sticky;top:0;z-index:1;display:flex;"
	"justify-content:space-between;font-size:.75rem;color:var(--soft);"
	"background:var(--page);padding:.3rem .7rem;"
	"border-bottom:1px solid var(--line);"
	"font-variant-numeric:tabular-nums}\n"
	".bar{display:grid;grid-template-columns:14rem 1fr 5.5rem;gap:.7rem;"
	"align-items:center;font-size:.85rem;line-height:1.5}\n"
	".bar>span:first-child{overflow:hidden;text-overflow:ellipsis;"
	"white-space:nowrap}\n"
	".bar>span:last-child{text-align:right;color:var(--soft);"
	"white-space:nowrap;font-variant-numeric:tabular-nums}\n"
	".axis i{font-style:normal}.axis.bar{display:grid}"
	".axis.bar>span:nth-child(2){display:flex;"
	"justify-content:space-between;color:var(--soft)}\n"
	".track{position:relative;height:.8rem;background:var(--track);"
	"border-radius:.2rem}\n"
	".track b{position:absolute;top:0;bottom:0;min-width:3px;"
	"border-radius:.2rem;background:var(--done)}\n"
	".track b.warn{background:var(--warn)}"
	".track b.bad{background:var(--bad)}\n"
	".over{position:sticky;top:1.65rem;z-index:1;background:var(--page);"
	"padding:.3rem .7rem;border-bottom:1px solid var(--line)}"
	".over .track{height:1.2rem}"
	".over b{border-right:1px solid var(--page);border-radius:0}\n"
	".many .bar{font-size:.72rem;line-height:1.3}"
	".many .track{height:.55rem}\n"
	"details{border:1px solid var(--line);border-radius:.5rem;"
	"margin:.4rem 0;padding:.2rem .7rem}\n"
	"summary{cursor:pointer;overflow-wrap:anywhere}"
	"summary:focus-visible{outline:2px solid var(--done)}\n"
	"details[open] summary{margin-bottom:.3rem}\n"
	"@media(max-width:56rem){body{padding:1rem .75rem}"
	".bar{grid-template-columns:1fr auto;gap:0 .5rem;padding:.15rem 0}"
	".bar.axis,.bar.over{padding:.3rem .7rem}"
	".bar>.track,.axis.bar>span:nth-child(2){grid-column:1/-1;grid-row:2}"
	".axis.bar>span:nth-child(2) i:nth-child(even){display:none}"
	".stack,.stack tbody{display:block}.stack thead{display:none}"
	".stack tr{display:flex;flex-wrap:wrap;gap:0 1rem;padding:.4rem .6rem;"
	"border-bottom:1px solid var(--line)}"
	".stack td{border:0;padding:0;text-align:left}.stack td:empty{"
	"display:none}.stack td.p{width:100%}.stack td.p:first-child{"
	"font-weight:600}"
	".stack td[title]::before{content:attr(title)\" \";color:var(--soft)}"
	".stack tr.warn{background:var(--warn-page)}"
	".stack tr.bad{background:var(--bad-page)}"
	".stack tr td{background:none!important}"
	"th,td{padding:.3rem .45rem}td.p{min-width:9rem}}\n"
	"@media print{.box{max-height:none;overflow:visible}}\n";

static const char *entity(char c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void html_text(FILE *out, const char *s)
{
	auto_free char *text = text_escape(s);

	for (const char *p = text; p && *p; p++) {
		const char *e = entity(*p);

		if (e)
			fputs(e, out);
		else
			fputc(*p, out);
	}
}

void html_begin(FILE *out, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, "
	      "initial-scale=1\">\n"
	      "<meta name=\"generator\" content=\"idemfs " IDEMFS_VERSION
	      "\">\n<title>",
	      out);
	html_text(out, title);
	fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", style);
}

void html_end(FILE *out)
{
	fputs("</body>\n</html>\n", out);
}
