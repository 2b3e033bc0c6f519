# SPDX-License-Identifier: MIT
# about: C8: of a copied tree whose bytes hold, idemfs verify --full --accept makes the marks hold again, for steps and --stale hide, too
# mount: no
from mounttest import *

os.chdir(TMP)
a, b = TMP / "a", TMP / "b"
a.mkdir()
os.environ["PATH"] = "%s:%s" % (Path(IDEMFS).parent, os.environ["PATH"])
script = TMP / "pipeline.sh"
script.write_text("""set -e
idemfs step one.done -- sh -c 'echo one >> ../done; mkdir -p d; echo 1 > d/x'
idemfs step two.done -- sh -c 'echo two >> ../done; echo 2 > y; mv d e'
[ -e .checkpoints/noted.done ] || {
	echo noted >> ../done; echo 3 > z; echo a note > .checkpoints/noted.done; }
""")


def done(tree, *options):
    (TMP / "done").write_text("")
    idemfs("run", *options, tree, "--", "sh", script)
    return (TMP / "done").read_text().split()


eq(done(a), ["one", "two", "noted"])
eq(done(a, "--stale", "hide"), [])
marks = a / ".idemfs/marks"
before = {p.name: p.stat() for p in marks.iterdir()}

# A copy that kept times, and one that did not.
for options in ("-a", "-r"):
    sh("rm -rf b; cp %s a b" % options)
    if options == "-r":
        sh("touch -d 2001-01-01 b/y")
    else:
        out = run(IDEMFS, "verify", b, status=1)
        check("verify --full --accept" in out, "it says what to do: " + out)
        idemfs("verify", "--full", b)
    eq(run(IDEMFS, "verify", b, status=1).count("another "), 3, options)
    # Not while it is mounted, not of some marks, not without reading all.
    idemfs("mount", b)
    run(IDEMFS, "verify", "--full", "--accept", b, status=1)
    idemfs("umount", b)
    run(IDEMFS, "verify", "--accept", b, status=2)
    run(IDEMFS, "verify", "--full", "--accept", b, "one.done", status=2)
    # Not if one file differs: then nothing is changed.
    state = sh("cd b/.idemfs && cat marks/* | xxhsum")
    was = (b / "z").read_text()
    (b / "z").write_text("4\n")
    run(IDEMFS, "verify", "--full", "--accept", b, status=1)
    eq(sh("cd b/.idemfs && cat marks/* | xxhsum"), state)
    (b / "z").write_text(was)
    out = idemfs("verify", "--full", "--accept", b)
    check("all hold" in out and "3 files taken" in out, out)
    idemfs("verify", b)
    eq(done(b, "--stale", "hide"), [], options)
    eq((b / ".idemfs/marks/noted.done").read_bytes().split(b"\n")[-2],
       b"a note")
    for name, st in before.items():
        now = (b / ".idemfs/marks" / name).stat()
        eq(now.st_mode, st.st_mode)
        if options == "-a":
            eq(now.st_mtime_ns, st.st_mtime_ns, "the time of " + name)
    # Twice is as once, and a lost file is still seen.
    check("taken" not in idemfs("verify", "--full", "--accept", b), "again")
    (b / "e/x").unlink()
    run(IDEMFS, "verify", b, status=1)
