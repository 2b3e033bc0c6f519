# SPDX-License-Identifier: MIT
# about: C2, C6: the Python script of the manual: exists, touch, NamedTemporaryFile + os.replace
from mounttest import *
import tempfile

script = '''
import os, sys, tempfile
from pathlib import Path

marks = Path(".checkpoints")
marks.mkdir(exist_ok=True)
ran = []

def step(name, fn):
    if (marks / (name + ".done")).exists():
        return
    fn()
    ran.append(name)
    (marks / (name + ".done")).touch()

def replace(path, text):
    with tempfile.NamedTemporaryFile("w", dir=".", delete=False) as f:
        f.write(text)
    os.replace(f.name, path)

step("fetch", lambda: replace("data", "1\\n2\\n3\\n"))
step("sum", lambda: Path("sum").write_text(
    str(sum(map(int, Path("data").read_text().split())))))
if "stop" in sys.argv:
    os.kill(os.getpid(), 9)
step("last", lambda: replace("last", Path("sum").read_text() + "!"))
with tempfile.NamedTemporaryFile("w", dir=marks, delete=False) as f:
    f.write("all")
os.replace(f.name, marks / "all.done")
print(" ".join(ran))
'''
Path(TMP / "s.py").write_text(script)
run(sys.executable, TMP / "s.py", "stop", status=-9)
eq(run(sys.executable, TMP / "s.py"), "last\n")
eq(run(sys.executable, TMP / "s.py"), "\n")
eq(read("last"), b"6!")
eq(names(".checkpoints"), ["all.done", "fetch.done", "last.done", "sum.done"])
eq((Path(".checkpoints") / "all.done").read_text(), "all")
