# SPDX-License-Identifier: MIT
# about: cli: at the width of a phone idemfs report cuts nothing off: steps, failures, quarantine with the number that restore takes
# needs: chromium
# mount: no
# quarantine: some
# timeout: 300
import html
import re

from mounttest import *

# The page stands in a frame, since a browser's window cannot be so narrow.
FRAME = """<!DOCTYPE html><iframe style="width:%dpx;height:900px;border:0"
srcdoc="%s" onload="
const d = this.contentDocument, w = this.contentWindow.innerWidth;
d.querySelectorAll('details').forEach(e => e.open = true);
const cut = [...d.querySelectorAll('td,th,li,h1,h2,p,summary')].filter(e => {
  const r = e.getBoundingClientRect();
  return r.width && (r.right > w + 0.5 || r.left < -0.5 ||
    e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflow != 'visible');
});
const box = [...d.querySelectorAll('.box')].filter(
  e => e.scrollWidth > e.clientWidth + 1);
document.body.dataset.m = JSON.stringify([d.documentElement.scrollWidth - w,
  cut.map(e => e.textContent), box.map(e => e.className)]);
"></iframe>"""


def look(page, width):
    """[pixels too wide, texts that are cut off, boxes that scroll sideways]"""
    frame = TMP / "frame.html"
    frame.write_text(FRAME % (width, html.escape(page)))
    dom = run("chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
              "--user-data-dir=%s" % (TMP / "profile"),
              "--window-size=1500,1000", "--virtual-time-budget=10000",
              "--dump-dom", "file://%s" % frame, stderr=subprocess.DEVNULL)
    found = re.search(r'data-m="([^"]*)"', dom)
    check(found, "the browser showed nothing: " + dom[:300])
    return json.loads(html.unescape(found.group(1)))


out = TMP / "out"
out.mkdir()
idemfs("run", out, "--", "sh", "-c", """
for i in 1 2 3; do
	sh -c "exec > a-rather-long-name-of-a-file-$i.csv; echo half; kill -9 \\$\\$"
	mkdir -p some; echo $i > some/where
	touch .checkpoints/a-step-with-a-long-name-$i.done
done; true""")
page = idemfs("report", out)
eq(len(partials(out)), 3, "in quarantine")
for width in (360, 768, 1440):
    over, cut, boxes = look(page, width)
    eq([over <= 0, cut, boxes], [True, [], []], "at %d pixels" % width)
