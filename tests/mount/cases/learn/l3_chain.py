# SPDX-License-Identifier: MIT
# about: L3: of a chain of three steps, all that depend on a changed input are done again, in order, and no other; what comes out the same ends it
from learn import *

script = TMP / "pipeline"
write(script, b"""set -e
"$IDEMFS" step --learn fetch.done -- sh -c 'echo fetch >> "$TMP/ran"; grep -v "^#" in > raw'
"$IDEMFS" step --learn clean.done -- sh -c 'echo clean >> "$TMP/ran"; sort -u raw > clean'
"$IDEMFS" step --learn sum.done -- sh -c 'echo sum >> "$TMP/ran"; wc -l < clean > sum'
"$IDEMFS" step --learn other.done -- sh -c 'echo other >> "$TMP/ran"; cat aside > other'
""")


def ran():
    run("sh", script)
    got = read(TMP / "ran").decode().split() if (TMP / "ran").exists() else []
    (TMP / "ran").unlink(missing_ok=True)
    return got


def is_stale(mark):
    try:
        return os.getxattr(".checkpoints/" + mark, "user.idemfs.stale")
    except OSError:
        return b""


write("in", b"2\n1\n")
write("aside", b"")
eq(ran(), ["fetch", "clean", "sum", "other"])
eq(ran(), [])
write("in", b"2\n1\n3\n")
eq(ran(), ["fetch", "clean", "sum"])
eq(read("sum").strip(), b"3")
eq(ran(), [])
write("in", b"2\n# said\n1\n3\n")
eq(ran(), ["fetch"], "its output is the same")
write("in", b"1\n2\n3\n")
eq(ran(), ["fetch", "clean"], "the output of clean is the same")
write("aside", b"1")
eq(ran(), ["other"])
os.unlink(BACKING / "clean")
wait_until(lambda: is_stale("clean.done"), "it is seen to be lost")
eq(ran(), ["clean"], "made again as it was")
eq(ran(), [])
for name in os.listdir("."):
    if os.path.isfile(name):
        os.utime(name)
eq(ran(), [])
