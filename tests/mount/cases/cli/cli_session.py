# SPDX-License-Identifier: MIT
# about: cli: idemfs session runs a command where you are, ends with its status, and refuses in one line
from mounttest import *

here = TMP / "here"
here.mkdir()


def session(*argv, status=0, cwd=here):
    """What it prints, and what it says on stderr."""
    got = subprocess.run([IDEMFS, "session", *map(str, argv)], check=False,
                         cwd=cwd, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    said = got.stderr.decode(errors="replace")
    eq(got.returncode, status, said)
    return got.stdout.decode(), said


def refused(*argv, what, cwd=here):
    out, said = session(*argv, status=125, cwd=cwd)
    eq(out, "", "nothing is run")
    check(said.startswith("idemfs: session") and said.count("\n") == 1 and
          what in said, said)


eq(session(MNT, "--", "pwd"), ("%s\n" % here, ""), "where you are")
eq(session("--", "pwd", cwd=MNT), ("%s\n" % MNT, ""), "without DIR")
os.mkdir("deep")
eq(session(MNT / "deep", "--", "echo", "--", "-n", "x")[0], "-- -n x\n")
eq(session("--name", "a \n b", MNT, "--", "true"), ("", ""))
eq(session(MNT, "-n", "x" * 255, "--", "true"), ("", ""))

for code in (1, 3, 126):
    eq(session(MNT, "--", "sh", "-c", "exit %d" % code, status=code),
       ("", ""), "it says nothing of its own")
session(MNT, "--", "sh", "-c", "kill -KILL $$", status=128 + 9)
session(MNT, "--", "sh", "-c", "kill -TERM $$", status=128 + 15)
check("no such command" in session(MNT, "--", "no-such", status=127)[1], "127")
check("cannot be executed" in session(MNT, "--", TMP, status=126)[1], "126")
check("no such command" in session(MNT, "--", "", status=127)[1], "empty")

refused("--", "true", what="not inside an idemfs mount", cwd=here)
refused(here, "--", "true", what="%s: no idemfs mount" % here)
refused(TMP / "none", "--", "true", what="no idemfs mount")
for argv, what in ((["-n", "x" * 256, MNT, "--", "true"], "255 bytes"),
                   (["--name", "", MNT, "--", "true"], "empty"),
                   ([MNT, "true"], "name a command"),
                   ([MNT, "--"], "name a command"),
                   ([], "name a command"),
                   ([MNT, MNT, "--", "true"], "too many"),
                   (["--nope", MNT, "--", "true"], "--nope"),
                   (["--name"], "--name")):
    out, said = session(*argv, status=125)
    check(what in said and said.count("\n") == 1, said)

# Signals that are meant for the command reach it.
p = subprocess.Popen([IDEMFS, "session", MNT, "--", "sh", "-c",
                      "trap 'exit 7' TERM; echo; while :; do :; done"],
                     stdout=subprocess.PIPE)
p.stdout.readline()
p.terminate()
eq(p.wait(PATIENCE), 7)
