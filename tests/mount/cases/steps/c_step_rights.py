# SPDX-License-Identifier: MIT
# about: C2: users who may make files at the root may run steps, in a group those who may write there; the mark is theirs, and in their run
# mount: no
# needs: root setpriv
from mounttest import *
from users import *

CP = MNT / ".checkpoints"
program = program_for_all()


def step(name, status=0):
    got = subprocess.run(
        as_user(65534, program, "step", name, "true"), cwd=MNT, check=False,
        stderr=subprocess.PIPE)
    eq(got.returncode, status, got.stderr.decode())


os.chmod(BACKING, 0o777)
with mounted("--allow-other", "--run-id", "r"):
    step("a.done")
    eq(os.stat(CP / "a.done").st_uid, 65534, "whose mark")
    check((BACKING / ".idemfs/marks/r/a.done").exists(), "in its run")
    step("a.done")
    os.mkdir(CP / "closed", 0o755)
    step("closed/b.done", status=125)
    absent(CP / "closed/b.done")
    os.chmod(CP / "closed", 0o777)
    step("closed/b.done")
    check((CP / "closed/b.done").exists(), "once he may")
    step("new/c.done")
    eq(os.stat(CP / "new").st_uid, 65534, "whose group")
    os.chmod(MNT, 0o755)
    step("d.done", status=125)
    absent(CP / "d.done")
os.chmod(BACKING, 0o755)
