# SPDX-License-Identifier: MIT
# about: S3: the daemon killed in the middle of a session: the next mount tells what it left by the next mark outside, and nothing twice
# mount: no
from manifest import *

fifo = TMP / "fifo"
os.mkfifo(fifo)
gate = os.open(fifo, os.O_RDWR)
BACKING.mkdir(exist_ok=True)
idemfs("mount", BACKING, MNT)
os.chdir(MNT)
write("before", b"1")
p = subprocess.Popen([IDEMFS, "session", "--name", "s", "--", "sh", "-c",
                      "echo 1 > one; touch .checkpoints/in; echo 2 > two; "
                      "mv one moved; cd /; echo > %s/done; read line < %s; "
                      "exit 5" % (TMP, fifo)])
wait_until((TMP / "done").exists, "it has written")
os.kill(daemon_pid(), signal.SIGKILL)
os.write(gate, b"x\n")
eq(p.wait(PATIENCE), 5, "the command's status")
os.chdir(TMP)
idemfs("umount", MNT)
with mounted():
    os.chdir(MNT)
    eq(read("two"), b"2\n")
    write("after", b"1")
    write(".checkpoints/all", b"")
    m = Manifest("in")
    eq((m.paths("file"), m.head["scope"]), (["one"], "session s"))
    m = Manifest("all")
    eq(m.paths("file"), ["after", "before", "moved", "two"])
    eq(m.paths("gone"), ["one"])
    eq(m.head["scope"], "time")
    run(IDEMFS, "step", "next", "--", "sh", "-c", "echo 3 > two")
    eq(Manifest("next").paths("file"), ["two"])
    idemfs("verify", "--extra", MNT)
