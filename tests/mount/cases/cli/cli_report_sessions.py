# SPDX-License-Identifier: MIT
# about: cli: idemfs report and log show sessions with their command, times, status and files, and overlaps, with and without a mount
# mount: no
import re

from mounttest import *

fifo = TMP / "fifo"
os.mkfifo(fifo)
gate = os.open(fifo, os.O_RDWR)
GATED = "exec 3> both; echo 1 >&3; echo 1 > %s.mine; read line < " + str(fifo)


def section(page):
    return page.partition('<section id="sessions">')[2].partition(
        "</section>")[0]


with mounted():
    os.chdir(MNT)
    run(IDEMFS, "session", "--name", "<b>", "--", "sh", "-c",
        "echo 1 > f; echo 2 > g; exit 3", status=3)
    held = [subprocess.Popen([IDEMFS, "step", n, "--", "sh", "-c", GATED % n])
            for n in ("one", "two")]
    wait_until(lambda: " overlap: " in idemfs("log", MNT), "they overlap")
    wait_until(lambda: all(os.path.exists(n + ".mine")
                           for n in ("one", "two")), "they have written")
    page = section(idemfs("report", MNT))
    eq(page.count(">running<"), 2, page)
    os.write(gate, b"x\nx\n")
    eq([p.wait(PATIENCE) for p in held], [0, 0])
    mounted_page = section(idemfs("report", MNT))
    os.chdir(TMP)

page = section(idemfs("report", BACKING))
eq(page, mounted_page, "the same without a mount")
check("<b>" not in page and "&lt;b&gt;" in page, page)
check(re.search(r"status 3 after [\d.]+ s, 2 files changed", page), page)
check("<code>sh -c echo 1 &gt; f; echo 2 &gt; g; exit 3</code>" in page, page)
check("running" not in page and "not known" not in page, page)
check(re.search(r"overlap: &quot;both&quot;", page), page)
whole = idemfs("report", BACKING)
check(re.search(r"process \d+, user \d+, [^<]*session one<", whole), whole)
check(re.search(r"both</code></td><td></td><td>overlaps with session (one|two)",
                whole), whole)
for name in ("<b>", "one", "two"):
    check(re.search('session "%s" began ' % name, idemfs("log", BACKING)), name)
    check(re.search('session "%s" ended: ' % name, idemfs("log", BACKING)),
          name)
