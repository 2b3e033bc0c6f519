# SPDX-License-Identifier: MIT
# about: S3: an outer step tells what no inner one has told; what an inner session leaves without a mark passes up
from manifest import *

BIN = TMP / "bin"
BIN.mkdir()
os.symlink(IDEMFS, BIN / "idemfs")
os.environ["PATH"] = "%s:%s" % (BIN, os.environ["PATH"])

sh("""
idemfs step outer -- sh -c '
    echo 1 > outer.1
    idemfs step inner -- sh -c "echo 1 > inner.1; echo 2 > inner.2"
    echo 2 > outer.2
    idemfs step fails -- sh -c "echo 1 > fails.1; exit 3"
    idemfs session --name plain -- sh -c "
        echo 1 > plain.1
        touch .checkpoints/in-plain
        echo 2 > plain.2"
    idemfs session --name holds -- sh -c "echo 1 > holds.1; rm outer.2"
    true'
touch .checkpoints/after
""")
inner, plain, outer = (Manifest(n) for n in ("inner", "in-plain", "outer"))
eq(inner.paths("file"), ["inner.1", "inner.2"])
eq(inner.head["scope"], "session inner")
eq(plain.paths("file"), ["plain.1"])
eq(plain.head["scope"], "session plain")
eq(outer.paths("file"), ["fails.1", "holds.1", "outer.1", "plain.2"])
check("inner.1" not in outer.of and "plain.1" not in outer.of, "told twice")
eq(outer.head["scope"], "session outer")
after = Manifest("after")
eq(after.records, [], "all was told")
eq(after.head["scope"], "time")

# An outer mark that is made while an inner session runs leaves that out.
fifo = TMP / "fifo"
os.mkfifo(fifo)
p = subprocess.Popen([IDEMFS, "session", "--", "bash", "-c", """
    idemfs session -- sh -c 'echo 1 > slow.1; read line < %s' &
    until [ -e slow.1 ]; do :; done
    echo 1 > quick.1
    touch .checkpoints/quick
    echo go > %s
    wait
    touch .checkpoints/slow""" % (fifo, fifo)])
eq(p.wait(PATIENCE), 0)
eq(Manifest("quick").paths("file"), ["quick.1"])
eq(Manifest("slow").paths("file"), ["slow.1"])
