# SPDX-License-Identifier: MIT
# about: cli: a browser shows idemfs report at desktop and phone width, with ten and with five hundred marks, without sideways scrolling
# needs: chromium
# mount: no
# timeout: 300
import re

from mounttest import *

# A copy of the page measures itself; the page has no script.
MEASURE = """<script>
const d = document.documentElement, bars = document.querySelectorAll('.time b');
const seen = [...bars].filter(b => b.getBoundingClientRect().width >= 2);
const out = [...bars].filter(b => b.getBoundingClientRect().right > innerWidth);
document.body.dataset.m = [d.scrollWidth - innerWidth, bars.length, seen.length,
  out.length, document.querySelectorAll('.steps tbody tr').length,
  getComputedStyle(document.body).backgroundColor].join(';');
</script></body>"""


def measure(page, width, *flags):
    """[overflow, bars, visible bars, bars outside, rows, background]"""
    copy = TMP / "copy.html"
    copy.write_text(page.replace("</body>", MEASURE))
    dom = run("chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
              "--user-data-dir=%s" % (TMP / "profile"), *flags,
              "--window-size=%d,900" % width, "--dump-dom",
              "file://%s" % copy, stderr=subprocess.DEVNULL)
    found = re.search(r'data-m="([^"]*)"', dom)
    check(found, "the browser showed nothing: " + dom[:300])
    return found.group(1).split(";")


for count in (10, 500):
    with mounted():
        for i in range(count):
            write(MNT / "file", b"%d" % i)
            write(MNT / (".checkpoints/%s-%03d.done" %
                         ("long-name" * (i % 5), i)), b"")
        page = idemfs("report", MNT)
    for width in (1280, 500):
        over, bars, seen, out, rows, light = measure(page, width)
        check(int(over) <= 0, "%d marks at %d: %s px too wide" %
              (count, width, over))
        eq([bars, seen, out, rows], [str(count), str(count), "0", str(count)],
           "%d marks at %d" % (count, width))
    sh("rm -r %s/.idemfs" % BACKING)
dark = measure(page, 1280, "--force-dark-mode")[-1]
check(light != dark, "no dark page: " + dark)
