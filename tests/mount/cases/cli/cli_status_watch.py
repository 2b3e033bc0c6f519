# SPDX-License-Identifier: MIT
# about: cli: idemfs status --watch shows marks, growing files and failures on one screen, keeps nothing busy, and is quiet when piped
# options: --open-wait 0.1
# quarantine: some
import fcntl
import pty
import re
import termios

from mounttest import *

HOME, OFF = b"\033[H", b"\033[?1049l"
TOOK = r"(\d\.\d|\d\d|\d+ min \d\d) s"


class Screen:
    """The view on a terminal of its own."""

    def __init__(self, rows, cols, **env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(1, termios.TIOCSWINSZ,
                        struct.pack("HHHH", rows, cols, 0, 0))
            os.environ.update(env)
            os.execl(IDEMFS, IDEMFS, "status", "--watch", MNT)
        self.seen = b""

    def frame(self, word):
        """The lines of the first whole frame from now on that has @word."""
        self.seen = b""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 1)[0]:
                self.seen += os.read(self.fd, 65536)
            for raw in self.seen.split(HOME)[1:-1]:
                text = re.sub(rb"\033\[[0-9;?]*[a-zA-Z]", b"", raw).decode()
                if re.search(word, text):
                    self.raw = raw
                    return [line.rstrip("\r") for line in
                            text.rstrip("\r\n").split("\n")]
        fail("no frame with %r: %r" % (word, self.seen[-3000:]))

    def end(self, sig):
        os.kill(self.pid, sig)
        rest = b""
        with contextlib.suppress(OSError):
            while data := os.read(self.fd, 65536):
                rest += data
        check(OFF in rest, "the terminal is given back")
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def fits(lines, rows, cols):
    check(len(lines) < rows, "%d lines on %d" % (len(lines), rows))
    for line in lines:
        check(len(line) <= cols, "%d columns: %s" % (len(line), line))


quiet = subprocess.Popen([IDEMFS, "status", "--watch", MNT],
                         stdout=subprocess.PIPE)
write(".checkpoints/probe", b"")
while not select.select([quiet.stdout], [], [], 0.5)[0]:
    write(".checkpoints/probe", b"")  # until it has begun to look
os.unlink(".checkpoints/probe")
write("f", b"x" * 3000)
for i in range(40):
    write(".checkpoints/step-%02d.done" % i, b"")
w = Peer()
fd = w.put("d-%s" % ("long-" * 40), b"")
slow = w.put("caf\u00e9 \x1b[31m\n", b"y" * 2048)
s = Screen(24, 80)
lines = s.frame(r"step-39")
fits(lines, 24, 80)
text = "\n".join(lines)
check(re.search(r"^promoted 1 \(2\.9 KiB", text, re.M), text)
check(re.search(r"^marks \(40, \d+ not shown\)$", text, re.M), text)
check("step-00" not in text, "the latest marks")
check(re.search(r"^step-39\.done +[\d:]{8} +%s$" % TOOK, text, re.M), text)
check(re.search(r"^being written \(2\)$", text, re.M), text)
check(re.search(r"^\u2026.*long- +0 B .*/s +\d\.\d s$", text, re.M), text)
check(re.search(r"^caf\u00e9 \\x1b\[31m\\n +2\.0 KiB ", text, re.M), text)
w(os.write, fd, b"z" * (5 << 20))
s.frame(r"long- +5\.0 MiB ")
raises(errno.EBUSY, write, ".checkpoints/never.done", b"")
lines = s.frame(r"last mark not made: .*never\.done")
fits(lines, 24, 80)
check(b"\033[31mlast mark" in s.raw, "in colour")
w.kill()
lines = s.frame(r"discarded 2 .*in quarantine 2")
check("being written (0)" in lines, "nothing is written now")
lines = s.frame(r"failures \(3\)")
text = "\n".join(lines)
check(re.search(r"^[\d:]{8}  mark .*never\.done.* not made: ", text, re.M), text)
check(re.search(r"^[\d:]{8}  .*caf\u00e9.*: not promoted: killed by", text, re.M), text)
fits(lines, 24, 80)
(BACKING / "f").unlink()  # which step-00 has told of
lines = s.frame(r"stale marks 1: ")
fits(lines, 24, 80)
check(b"\033[31mstale marks" in s.raw, "in colour")
eq(s.end(signal.SIGINT), 128 + signal.SIGINT, "status")

s = Screen(60, 80)
lines = s.frame(r"step-00\.done")
check(any(re.search(r"^step-00\.done .* stale$", x) for x in lines), lines)
check(sum(x.endswith(" stale") for x in lines) == 1, "and only it")

# Sessions that run, and one that overlaps.
fifo = TMP / "fifo"
os.mkfifo(fifo)
gate = os.open(fifo, os.O_RDWR)
held = [subprocess.Popen([IDEMFS, "session", "--name", name, "--", "bash",
                          "-c", "exec 3> both; echo 1 > %s; read line < %s" %
                          (name, fifo)]) for name in ("one", "two")]
lines = s.frame(r"(?s)one +1 overlap.*two +1 overlap|two +1 overlap.*one +1 ov")
fits(lines, 60, 80)
text = "\n".join(lines)
check("running (2)" in lines, text)
check(re.search(r"^one +1 overlap +session +\d files? +%s$" % TOOK, text, re.M),
      text)
s.frame(r"sessions .* overlap: ")
os.write(gate, b"x\nx\n")
eq([p.wait(PATIENCE) for p in held], [0, 0])
eq(s.end(signal.SIGINT), 128 + signal.SIGINT, "status")

s = Screen(24, 48)  # too narrow for the directory: it is what is cut
fits(s.frame("q: quit"), 24, 48)
os.write(s.fd, b"xq")
eq(s.end(0), 0, "q ends it")

s = Screen(10, 60, NO_COLOR="1")
fits(s.frame("step-39"), 10, 60)
check(b"\033[31m" not in s.raw and b"\033[1m" not in s.raw, "NO_COLOR")
eq(s.end(signal.SIGTERM), 128 + signal.SIGTERM, "status")

out = b""
while b"discarded" not in out:
    out += os.read(quiet.stdout.fileno(), 65536)
quiet.terminate()
quiet.wait()
check(b"\033" not in out, "no escapes when piped")
out = out.decode().splitlines()
eq(len([x for x in out if re.search(r" step-\d\d\.done \(%s\)$" % TOOK, x)]),
   40, "marks told, with how long they took: %s" % out)
check(any("mark not made" in x and "never.done" in x for x in out), out)
run(IDEMFS, "status", "--watch", "--json", MNT, status=2)
