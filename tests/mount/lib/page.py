# SPDX-License-Identifier: MIT
"""Reads a page of `idemfs report`: what a reader finds in which section."""

from html.parser import HTMLParser

VOID = {"meta", "br", "link", "img", "hr", "input"}


class Page(HTMLParser):
    """Tags must nest; .text is {section id: its text}, .rows {id: [[cell]]},
    .bars [(class, style)], .tags {every tag}, .attributes {every name}."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.stack, self.tags, self.attributes = [], set(), set()
        self.text, self.rows, self.bars, self.classes = {}, {}, [], []
        self.section, self.title, self.wrong = "head", "", []
        self.text["head"] = ""
        self.feed(text)
        self.close()
        if self.stack:
            self.wrong.append("left open: %s" % self.stack)

    def handle_starttag(self, tag, attrs):
        at = dict(attrs)
        self.tags.add(tag)
        self.attributes |= set(at)
        if tag == "section":
            self.section = at["id"]
            self.text[self.section], self.rows[self.section] = "", []
        if tag == "tr":
            self.rows[self.section].append([])
            self.classes.append((self.section, at.get("class", "")))
        if tag in ("td", "th"):
            self.rows[self.section][-1].append("")
        if tag == "b" and "style" in at:
            self.bars.append((at.get("class", ""), at["style"]))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        if not self.stack or self.stack[-1] != tag:
            self.wrong.append("</%s> in %s" % (tag, self.stack))
            return
        self.stack.pop()
        if tag == "section":
            self.section = "after"
            self.text.setdefault("after", "")

    def handle_data(self, data):
        if self.stack and self.stack[-1] == "title":
            self.title += data
        elif "style" not in self.stack:
            self.text[self.section] += data
            if self.stack and {"td", "th"} & set(self.stack):
                self.rows[self.section][-1][-1] += data
