# SPDX-License-Identifier: MIT
# about: S5: what a process writes that outlives its step is the outer session's then, or nobody's; what it has opened before passes on, too
# needs: setsid
from manifest import *

fifo, late = TMP / "fifo", TMP / "late"
os.mkfifo(fifo)
LEAVE = """
(setsid sh -c 'exec 3>> open; echo 1 >&3; echo > %s; read line < %s
    echo 2 >&3; exec 3>&-; echo 1 > after' > /dev/null 2>&1 &)
read line < %s
echo 1 > before""" % (late, fifo, late)
os.mkfifo(late)


def files(mark):
    write(".checkpoints/" + mark, b"")
    return Manifest(mark).paths("file")


# In a session, since a step would wait for the file that is open.
sh("%s session --name s -- bash -c '%s; touch .checkpoints/none'" %
   (IDEMFS, "echo 1 > before.0"))
eq(Manifest("none").paths("file"), ["before.0"])
script = TMP / "leave"
script.write_text(LEAVE)
run(IDEMFS, "session", "--", "bash", script)
absent("after")
write(fifo, b"go\n", os.O_WRONLY)
wait_until(lambda: os.path.exists("after"), "what it writes at last")
eq(files("all"), ["after", "before", "open"], "nobody's")
eq(Manifest("all").head["scope"], "time")
eq(read("open"), b"1\n2\n")

# With a session around it.
for f in ("after", "before", "open"):
    os.unlink(f)
files("again")
run(IDEMFS, "session", "--name", "outer", "--", "bash", "-c", """
    %s session -- bash %s
    echo go > %s
    until [ -e after ]; do :; done
    touch .checkpoints/outer""" % (IDEMFS, script, fifo))
m = Manifest("outer")
eq(m.paths("file"), ["after", "before", "open"], "the outer one's")
eq(m.head["scope"], "session outer")
