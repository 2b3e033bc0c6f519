# SPDX-License-Identifier: MIT
# about: F14: SIGTERM, SIGINT and SIGHUP settle, drain and unmount; the exit status tells whether anything was left open
# mount: no
# quarantine: some
from mounttest import *


def serve(drain):
    daemon = subprocess.Popen(
        [IDEMFS, "mount", "-f", "--drain", drain, BACKING, MNT],
        stderr=subprocess.PIPE, text=True)
    wait_until(lambda: os.path.ismount(MNT), "the mount")
    return daemon


def ended(daemon, status):
    said = daemon.communicate()[1]
    eq(daemon.returncode, status, said)
    check(not os.path.ismount(MNT), "mounted still")
    eq(temps(), [])
    return said


for n, sig in enumerate((signal.SIGTERM, signal.SIGINT, signal.SIGHUP), 1):
    # Nothing is open: no time is lost, however long it might take.
    daemon = serve("1h")
    write(MNT / "closed", b"%d" % n)
    daemon.send_signal(sig)
    eq(ended(daemon, 0), "")
    eq(read(BACKING / "closed"), b"%d" % n)

    # Something stays open: the old version stays, and what was written.
    daemon = serve("0.1")
    p = Peer()
    p.put(MNT / "closed", b"half")
    daemon.send_signal(sig)
    said = ended(daemon, 1)
    check("1 file still open" in said and "partial list" in said, said)
    p.exit()
    eq(read(BACKING / "closed"), b"%d" % n)
    eq([e["content"] for e in partials()], [b"half"] * n)
    check("still open" in partials()[-1]["why"], partials()[-1]["why"])
