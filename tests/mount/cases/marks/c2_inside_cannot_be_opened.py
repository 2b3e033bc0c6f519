# SPDX-License-Identifier: MIT
# about: C2: a filesystem inside the tree whose top is not to be opened is flushed by what is; if nothing is, one mark fails
# needs: root setpriv
# mount: no
# log: errors
from mounttest import *

CAPS = "-dac_override,-dac_read_search"
PLAIN = ["setpriv", "--inh-caps", CAPS, "--bounding-set", CAPS]


def serve():
    run(*PLAIN, IDEMFS, "mount", BACKING, MNT)


def mark(name):
    Path(MNT / ".checkpoints" / name).touch()


def end():
    idemfs("umount", MNT)


inside = BACKING / "in"
inside.mkdir()
run("mount", "-t", "tmpfs", "-o", "mode=0711,uid=1", "none", inside)
try:
    (inside / "sub").mkdir()
    serve()
    os.mkdir(MNT / "in/sub/made")
    mark("made")
    end()

    serve()
    mark("found")
    end()

    os.chmod(inside / "sub", 0o711)
    os.chown(inside / "sub", 1, 1)
    serve()
    raises(errno.EACCES, mark, "lost")
    mark("and on")
    end()

    os.chmod(inside / "sub", 0o755)
    serve()
    mark("used by nobody")
    run("umount", inside)
    run("mount", "-t", "tmpfs", "none", inside)
    end()
finally:
    run("umount", "-l", inside)
