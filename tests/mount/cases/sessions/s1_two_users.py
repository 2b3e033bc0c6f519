# SPDX-License-Identifier: MIT
# about: S1, S3: steps of several users at once each tell of their own outputs, in marks that are theirs
# mount: no
# needs: root setpriv
from manifest import *
from users import *

program = program_for_all()
fifos = {A: TMP / "a", B: TMP / "b", 0: TMP / "r"}
ring = {A: B, B: 0, 0: A}
ends = []
for f in fifos.values():
    os.mkfifo(f)
    os.chmod(f, 0o666)
    ends.append(os.open(f, os.O_RDWR))
os.chmod(BACKING, 0o777)
with mounted("--allow-other"):
    # Each of them has a file open until the next one has written.
    steps = [subprocess.Popen(
        as_user(uid, program, "step", "s.%d" % uid, "--", "sh", "-c",
                "echo 1 > %d.first; exec 3> %d.held; echo 2 >&3; echo x > %s; "
                "read line < %s; exec 3>&-; echo 3 > %d.last" %
                (uid, uid, fifos[ring[uid]], fifo, uid)), cwd=MNT)
        for uid, fifo in fifos.items()]
    eq([p.wait(PATIENCE) for p in steps], [0, 0, 0])
    for uid in fifos:
        m = Manifest("s.%d" % uid)
        eq(m.paths("file"), ["%d.%s" % (uid, f)
                             for f in ("first", "held", "last")])
        eq(m.head["user"], str(uid))
        eq(m.head["scope"], "session s.%d" % uid)
        eq(os.stat(MNT / ".checkpoints" / ("s.%d" % uid)).st_uid, uid)

    # Another user cannot speak for a session, nor end it.
    p = subprocess.Popen(as_user(
        A, program, "step", "mine", "--", "sh", "-c",
        "echo 1 > held; echo x > %s; read line < %s" % (fifos[B], fifos[A])),
        cwd=MNT)
    read_line = os.read(ends[1], 2)
    run(*as_user(B, program, "session", "--name", "mine", MNT, "--", "true"))
    run(*as_user(B, program, "step", "mine", "--", "true"), status=None,
        cwd=MNT, stderr=subprocess.DEVNULL)
    write(fifos[A], b"x\n", os.O_WRONLY)
    eq(p.wait(PATIENCE), 0)
    m = Manifest("mine")
    eq(m.paths("file"), ["held"])
    eq(m.head["user"], str(A))
