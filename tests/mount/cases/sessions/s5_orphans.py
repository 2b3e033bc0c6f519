# SPDX-License-Identifier: MIT
# about: S5: what a command leaves behind becomes a child of its step, session or run, is reaped there, has no say in the exit status, and is not waited for
# needs: setsid
from mounttest import *

fifo, note, tree = TMP / "fifo", TMP / "note", TMP / "tree"
os.mkfifo(fifo)
os.mkdir(tree)

# It waits for a word in the fifo, then ends with 7.
LEAVE = """
(cd /; setsid sh -c 'echo $$ > {0}.new; mv {0}.new {0}; read line < {1}
exit 7' 2> /dev/null &)
until [ -e {0} ]; do :; done
""".format(note, fifo)
SEE_IT_REAPED = LEAVE + '''
pid=$(cat %s)
until [ "$(cut -d" " -f4 /proc/$pid/stat)" = "$PPID" ]; do :; done
echo go > %s
while [ -e /proc/$pid ]; do :; done
exit 3
''' % (note, fifo)


def alive(pid):
    """Is it there?  What is left in the end may stay a zombie."""
    try:
        stat = read("/proc/%d/stat" % pid)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(b")")[2].split()[0] != b"Z"


def left_behind():
    pid = int(read(note))
    os.unlink(note)
    return pid


def begin(words, script, status):
    got = subprocess.run([IDEMFS, *words, "--", "bash", "-c", script],
                         check=False, stderr=subprocess.PIPE)
    eq(got.returncode, status, "%s: %s" % (words, got.stderr.decode()))


for words in (["step", "a.done"], ["session"], ["run", tree]):
    begin(words, SEE_IT_REAPED, 3)
    check(not os.path.exists("/proc/%d" % left_behind()), "%s: it is reaped" % words)
    for status in (4, 0):
        begin(words, LEAVE + "exit %d" % status, status)
        pid = left_behind()
        check(alive(pid), "%s: it goes on" % words)
        write(fifo, b"go\n", os.O_WRONLY)
        wait_until(lambda: not alive(pid), "its end")
