# SPDX-License-Identifier: MIT
# about: C4: a file that is lost has the last step that made it done again, no earlier one, also when an unmarked run made it first
# mount: no
from mounttest import *

out = TMP / "out"
out.mkdir()
os.environ["PATH"] = "%s:%s" % (Path(IDEMFS).parent, os.environ["PATH"])
script = TMP / "pipeline.sh"
script.write_text("""set -e
idemfs step one.done -- sh -c 'echo one >> ../done; echo 1 > a'
idemfs step two.done -- sh -c 'echo two >> ../done; echo 2 > b; echo 2 >> a'
idemfs step three.done -- sh -c 'echo three >> ../done; echo 3 > c'
""")


def done(*options):
    (TMP / "done").write_text("")
    idemfs("run", *options, out, "--", "sh", script)
    return (TMP / "done").read_text().split()


# What was there before any mark is told of by the first.
idemfs("run", out, "--", "sh", "-c", "echo old > c; echo old > a")
eq(done(), ["one", "two", "three"])
eq(done(), [])
for options in ([], ["--stale", "hide"]):
    (out / "c").unlink()
    eq(done(*options), ["three"], options)
    (out / "a").unlink()
    eq(done(*options), ["two"], options)
    eq(done(*options), [], options)
