# SPDX-License-Identifier: MIT
# about: L1: what a set-id program reads in a step of a user is not told by the user's mark, and the step is done again
# mount: no
# needs: root setpriv
import shutil

from manifest import *
from users import *

program = program_for_all()
cat = program.parent / "set-id-cat"
shutil.copy(shutil.which("cat"), cat)
os.chmod(cat, 0o4755)
os.chmod(BACKING, 0o777)


def step(name, *argv):
    """What it says on stderr."""
    got = subprocess.run(as_user(A, program, "step", "--learn", name, "--",
                                 *argv),
                         cwd=MNT, stdout=subprocess.DEVNULL, check=True,
                         stderr=subprocess.PIPE)
    return got.stderr.decode()


with mounted("--allow-other"):
    write(MNT / "secret", b"of root", mode=0o600)
    write(MNT / "open", b"to all")
    if "nosuid" in sh("findmnt -no OPTIONS -T %s" % cat).split(","):
        skip("no set-id programs in the temporary folder")
    step("mine", "cat", "open")
    eq(Manifest("mine").paths("learned"), ["open"])
    check("skipped" in step("mine", "cat", "open"), "it holds")
    step("theirs", cat, "secret")
    text = read(MNT / ".checkpoints/theirs").decode()
    check("secret" not in text.split("# argv")[1], text)
    check("# unlearned" in text, text)
    check("run again" in step("theirs", cat, "secret"), "it is done again")
