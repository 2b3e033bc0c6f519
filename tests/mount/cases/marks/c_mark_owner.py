# SPDX-License-Identifier: MIT
# about: C4: ls -l .checkpoints says which user has made a mark: its maker, also when another makes it anew, renames or writes into it
# mount: no
# needs: root setpriv
from mounttest import *

CP = MNT / ".checkpoints"
ONE, TWO = 65534, 54321


def by(user, script, status=0):
    """Where it stands, so that no other directory must let him in."""
    got = subprocess.run(
        ["setpriv", "--reuid=%d" % user, "--regid=%d" % (user - 1),
         "--clear-groups", "sh", "-c", "umask 022\n" + script], cwd=MNT,
        check=False, stderr=subprocess.PIPE)
    eq(got.returncode, status, script + ": " + got.stderr.decode())


def made_by(name, user, mode=0o644):
    """As ls(1) shows it, and in the manifest."""
    said = sh("ls -ln '%s'" % (CP / name)).split()
    eq((said[0], said[2], said[3]),
       ("-" + stat.filemode(mode)[1:], str(user), str(user - 1 if user else 0)),
       "ls -l of " + name)
    eq(os.stat(BACKING / ".idemfs/marks" / name).st_uid, user, "below")


def manifest_user(name):
    lines = read(BACKING / ".idemfs/marks" / name).decode().splitlines()
    return int(next(s for s in lines if s.startswith("# user ")).split()[2])


os.chmod(BACKING, 0o777)
with mounted("--allow-other"):
    write(CP / "root.done", b"")
    made_by("root.done", 0)
    by(ONE, "touch .checkpoints/a.done; : > .checkpoints/b.done; "
            "echo note > .checkpoints/c.done; umask 0; : > .checkpoints/d.done;"
            "t=$(mktemp .checkpoints/x.XXXXXX); echo n > $t; "
            "mv $t .checkpoints/e.done; echo n > out; mv out .checkpoints/f.done")
    for name, mode in (("a.done", 0o644), ("b.done", 0o644), ("c.done", 0o644),
                       ("d.done", 0o666), ("e.done", 0o600),
                       ("f.done", 0o666)):
        made_by(name, ONE, mode)
        eq(manifest_user(name), ONE, name)
    eq(read(CP / "c.done"), b"note\n")
    # A user whom its mode keeps out does not make it anew.
    by(TWO, "touch .checkpoints/a.done", status=1)
    made_by("a.done", ONE)
# One whom it lets in has made it then; a look or a change of mode makes none.
    by(TWO, "cat .checkpoints/d.done >/dev/null; chmod a+r .checkpoints/d.done",
       status=1)
    made_by("d.done", ONE, 0o666)
    by(TWO, "touch .checkpoints/d.done")
    made_by("d.done", TWO, 0o666)
    eq(manifest_user("d.done"), TWO)
    by(ONE, "echo more > .checkpoints/d.done")
    made_by("d.done", ONE, 0o666)
    # Its maker stays when another renames it, whatever has changed since.
    by(TWO, "mv .checkpoints/b.done .checkpoints/g.done; echo x > new; "
            "mv .checkpoints/d.done .checkpoints/h.done")
    made_by("g.done", ONE)
    made_by("h.done", ONE, 0o666)
    by(ONE, "mkdir .checkpoints/g; : > .checkpoints/g/i.done")
    made_by("g/i.done", ONE)
    eq(os.stat(CP / "g").st_uid, ONE)
    by(TWO, ": > .checkpoints/g/j.done", status=2)
    absent(CP / "g/j.done")
with mounted("--allow-other"):
    made_by("a.done", ONE)
    made_by("g/i.done", ONE)
