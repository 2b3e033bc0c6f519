# SPDX-License-Identifier: MIT
# about: F8: a process whose memory cannot be looked at, for ever, holds up no other
# options: --open-wait 1
# quarantine: some
# log: errors
from manifest import *


@contextlib.contextmanager
def stuck(*argv):
    """One that is; what it says comes line by line."""
    served = TMP / ("served-" + argv[-1].replace("/", "-"))
    served.mkdir()
    p = subprocess.Popen([HELPERS / "stuck", served, *argv],
                         stdout=subprocess.PIPE)
    word, server = p.stdout.readline().split()
    eq(word, b"stuck")
    try:
        yield p
    finally:
        os.kill(int(server), signal.SIGKILL)
        p.kill()
        p.wait()
        # A thread that looked at its memory has it for a moment longer.
        run(*["fusermount3", "-u", "-z"] if os.geteuid() else ["umount", "-l"],
            served)


with stuck("open") as p:
    pend = status_json()["pending"]
    eq([(v["path"], v["pid"]) for v in pend], [("open", p.pid)])
    eq(pend[0]["command"], "stuck")
    check("(stuck)" in idemfs("status", MNT), "status for people")
    raises(errno.EBUSY, Path(".checkpoints/m").touch)
    check("pid %d (stuck)" % p.pid in status_json()["mark_trouble"], "trouble")
    write("other", b"goes on")

with stuck("closed", ".checkpoints/its") as p:
    eq(p.stdout.readline(), b"mark 0\n")
    eq(Manifest("its").head["command"], "stuck")
    run("touch", ".checkpoints/ours")
    write("closed", b"goes on")

# And when it is gone, all is told again.
run("touch", ".checkpoints/last")
eq(Manifest("last").head["command"], "touch .checkpoints/last")
