# SPDX-License-Identifier: MIT
# about: cli: nothing that a name, a note, a record, a log or a process says reaches a terminal or a page as a control or a hidden character
# mount: no
# quarantine: some
import html
import pty
import re

from mounttest import *

# what each of the ways to steer a terminal, or to fool a reader, looks like
EVIL = "a\x1b[31m\x07\x08\r\x9b2J\u202e\u2066\u061c\u200f\u2028\ufeff\U000e0041z"
RAW = EVIL.encode() + b"\x9b\xff"
STATE = BACKING / ".idemfs"
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f"
                    "\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
                    "\U000e0000-\U000e0fff]")


def shown(*argv, until=None):
    """What a command shows on a terminal, where newlines are \\r\\n."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(TMP)
        os.execv(IDEMFS, [IDEMFS, *map(os.fsencode, argv)])
    said = b""
    with contextlib.suppress(OSError):  # EIO: it is over
        while part := os.read(fd, 65536):
            said += part
            if until and until in said:
                until = os.kill(pid, signal.SIGTERM)
    os.close(fd)
    os.waitpid(pid, 0)
    return said.replace(b"\r\n", b"\n")


def harmless(said, what):
    try:
        text = said.decode()
    except UnicodeDecodeError as e:
        fail("%s shows what is no text: %s" % (what, e))
    found = HIDDEN.search(text)
    if found:
        fail("%s shows %a: %a" % (what, found[0],
                                  text[max(0, found.start() - 60):][:120]))
    return text


def plain(said):
    """Without the sequences that --watch and progress draw with."""
    return re.sub(rb"\x1b\[(\?1049[hl]|\?25[hl]|H|K|J|31m|1m|0m)|\r", b"", said)


def has_name(text, what):
    check("\\x1b[31m" in text or "a?[31m" in text,
          "%s tells of the name: %a" % (what, text))


name = os.fsdecode(RAW)
# without one that Python takes for the end of a line of mountinfo
mnt = TMP / os.fsdecode(b"mnt" + RAW.replace(b"\r", b""))
back = TMP / os.fsdecode(b"back" + RAW.replace(b"\r", b""))
mnt.mkdir()
back.mkdir()
STATE = back / ".idemfs"
CP = mnt / ".checkpoints"
with mounted(backing=back, mnt=mnt):
    write(mnt / name, b"content")
    write(CP / name, b"note: " + RAW + b"\n")
    os.mkdir(CP / "run")
    os.mkdir(CP / name.replace("a", "b", 1))
    # a process whose name and arguments steer, and which is killed
    script = TMP / "evil.py"
    script.write_text("import os, sys\n"
                      "open('/proc/self/comm', 'wb').write(b'\\x1b[5m\\xc2\\x9b')\n"
                      "os.open(sys.argv[2], os.O_CREAT | os.O_WRONLY)\n"
                      "os.write(1, b'x')\nos.read(0, 1)\n")
    def start(path):
        p = subprocess.Popen([sys.executable, script, RAW, path],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        p.stdout.read(1)
        return p

    def end(p):
        p.kill()
        p.wait()
        p.stdin.close()
        p.stdout.close()

    end(start(mnt / os.fsdecode(b"killed" + RAW)))
    wait_until(lambda: partials(back), "a partial")
    busy = start(mnt / os.fsdecode(b"busy" + RAW))
    try:
        has_name(harmless(read(CP / ".status"), "cat .status"), "cat .status")
        has_name(harmless(shown("status", mnt), "status"), "status")
        harmless(shown("status", "--json", mnt), "status --json")
        has_name(harmless(plain(shown("status", "--watch", mnt,
                                      until=b"being written (1)")),
                          "status --watch"), "status --watch")
        value = json.loads(idemfs("status", "--json", mnt))
    finally:
        end(busy)
    check(any(os.fsencode(m["name"]).startswith(EVIL.encode())
              for m in value["marks"]), "JSON has the name as it is")
    check(any(EVIL in v["path"] for v in value["pending"]),
          "JSON has the path as it is")

    def each(where):
        """Every command that tells of it."""
        for argv in (("log", where), ("log", "--all", where), ("runs", where),
                     ("partial", "list", where),
                     ("partial", "list", "--json", where),
                     ("verify", where), ("verify", "--json", where),
                     ("verify", "--full", "--extra", where),
                     ("show", where, name), ("show", "--note", where, name),
                     ("show", where, "no" + name), ("runs", "--remove", name,
                                                    where),
                     ("partial", "drop", where, name),
                     ("report", where), ("log", where / name)):
            what = " ".join(map(repr, argv[:-1]))
            harmless(plain(shown(*argv)), what)
            got = subprocess.run([IDEMFS, *map(os.fsencode, argv)], check=False,
                                 stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT).stdout
            if argv[0] != "show":
                harmless(got, what + " in a pipe")

    each(mnt)
    os.unlink(mnt / name)
    each(mnt)
each(back)

# The owner of the state directory may have written anything into it.
log = STATE / "log"
with open(log, "ab") as f:
    f.write(b"2026-01-01 00:00:00.000 warn: " + RAW + b"\n")
    f.write(b"2026-01-01 00:00:00.000 event: mark not made: " + RAW + b"\n")
    f.write(b"2026-01-01 00:00:00.\x1b[m warn: x\n")
    f.write(b"<img src=x onerror=a()> warn: y\n")
    f.write(b"2026-01-01 00:00:00.000 warn: <b>bold</b>\n")
    f.write(b"no line at all: " + RAW + b"\n")
record = next((STATE / "partial").glob("*.txt"))
text = record.read_bytes()
for key in (b"why", b"command"):
    text = re.sub(rb"(?m)^" + key + rb" .*$",
                  key + b" " + EVIL.replace("\x1b", "\\\\x1b").replace(
                      "\x07", "").replace("\x08", "").replace(
                      "\r", "").encode(), text)
record.write_bytes(text)
mark = STATE / "marks" / name
mark.write_bytes(mark.read_bytes() + RAW)
each(back)
page = idemfs("report", back)
check("<img" not in page and "<b>bold" not in page, "the page has no foreign HTML")
check(html.escape("<b>bold</b>") in page, "the log is in the page")
check("<img" not in idemfs("log", "--all", back), "what is no line is not shown")

# For other programs, what was written is what is read.
eq(run(IDEMFS, "show", "--note", back, name), os.fsdecode(b"note: " + RAW + b"\n" + RAW))
