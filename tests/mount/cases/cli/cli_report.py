# SPDX-License-Identifier: MIT
# about: cli: idemfs report is one page with steps, files, failures, quarantine and damage, everything escaped, with and without a mount
# options: --open-wait 0.1
# quarantine: some
import re

from mounttest import *
from page import Page

CP = Path(".checkpoints")
EVIL = "<script>alert(1)</script>&amp;\"'\n"


def report(where=MNT, *options):
    text = idemfs("report", *options, where)
    page = Page(text)
    eq(page.wrong, [], "tags")
    check(not page.tags & {"script", "link", "img", "iframe", "object"},
          "nothing from elsewhere: %s" % page.tags)
    check(not page.attributes & {"src", "href", "onclick", "onload"},
          "nothing from elsewhere: %s" % page.attributes)
    check("url(" not in text and "@import" not in text, "in the style")
    check("prefers-color-scheme:dark" in text, "light and dark")
    return page


page = report()
check("No step" in page.text["steps"], page.text["steps"])
check("None" in page.text["failures"], page.text["failures"])
check("Empty" in page.text["quarantine"], page.text["quarantine"])

write("a.csv", b"x" * 2048)
write(CP / "first.done", b"")
time.sleep(1)  # so that it takes some time
write(EVIL.replace("/", "|"), b"y")
os.mkdir(CP / "group")
write(CP / "group" / EVIL.replace("/", "|"), b"")
since = float(re.search(rb"^# since (.*)$", read(
    BACKING / ".idemfs/marks/group" / EVIL.replace("/", "|")), re.M)[1])
check(1 <= since < 60, "since: %r" % since)
took = "%.1f s" % (int(since * 10) / 10) if since < 10 else "%d s" % since
write(CP / "broken.done", b"")
w = Peer()
w.put("big<b>", b"half")
raises(errno.EBUSY, write, CP / "never.done", b"")
w.kill()
one_partial("big<b>")
mark = BACKING / ".idemfs/marks/broken.done"
mark.write_bytes(mark.read_bytes().replace(b"# pid ", b"# pid 9"))

for where in (MNT, BACKING):
    page = report(where)
    check(str(BACKING) in page.title + page.text["head"], "which directory")
    steps = {row[0]: row for row in page.rows["steps"][1:]}
    seen = EVIL.replace("/", "|").replace("\n", "\\n")
    eq(sorted(steps), sorted(["first.done", "group/" + seen,
                              "broken.done damaged"]))
    eq(steps["first.done"][2], "", "how long it took: none was before it")
    eq(steps["group/" + seen][2], took, "how long it took")
    check(("steps", "bad") in page.classes, "damage in colour")
    eq(len(page.bars), 3, "a bar a step")
    eq([c for c, _ in page.bars].count("bad"), 1, "the damaged one")
    for _, style in page.bars:
        left, width = map(float, re.findall(r"[\d.]+", style))
        check(0 <= left < 100 and 0 <= width <= 100 and
              left + width < 100.6, style)
    check("3steps done" in page.text["head"].replace("\n", ""), "summary")
    check("1in quarantine" in page.text["head"].replace("\n", ""), "summary")
    partial, = page.rows["quarantine"][1:]
    eq(partial[0], "big<b>")
    check("SIGKILL" in partial[3], partial)
    check("never.done" in page.text["failures"], "the mark not made")
    check("big<b>" in page.text["failures"], "the file not promoted")

os.makedirs(BACKING / ".idemfs/marks/old")
os.rename(BACKING / ".idemfs/marks/first.done",
          BACKING / ".idemfs/marks/old/first.done")
eq([r[0] for r in report(MNT, "--run", "old").rows["steps"][1:]],
   ["old/first.done"])
idemfs("report", "--run", "none", MNT, status=1)
idemfs("report", "--run", "../tmp", MNT, status=2)
idemfs("report", TMP, status=1)
