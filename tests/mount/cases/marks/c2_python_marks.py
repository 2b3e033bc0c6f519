# SPDX-License-Identifier: MIT
# about: C2: Path.touch, write_text, NamedTemporaryFile + os.replace make marks
from mounttest import *
import tempfile

C = Path(".checkpoints")
C.mkdir(exist_ok=True)
(C / "a.done").touch()
(C / "b.done").write_text("note\n")
with tempfile.NamedTemporaryFile("w", dir=C, delete=False) as f:
    f.write("written beside")
    f.flush()
    os.fsync(f.fileno())
os.replace(f.name, C / "c.done")
with tempfile.NamedTemporaryFile("w", dir=".", delete=False) as f:
    f.write("from the tree")
os.replace(f.name, C / "d.done")
with tempfile.NamedTemporaryFile("w", dir=C) as f:
    f.write("dropped")
os.close(os.open(C / "e.done", EXCL, 0o600))
eq(sorted(p.name for p in C.iterdir()),
   ["a.done", "b.done", "c.done", "d.done", "e.done"])
check(all(p.exists() and p.is_file() for p in C.iterdir()), "files")
eq((C / "b.done").read_text(), "note\n")
eq((C / "c.done").read_text(), "written beside")
eq((C / "d.done").read_text(), "from the tree")
eq([n for n in names() if n != ".checkpoints"], [])
fd = os.open(C, os.O_RDONLY)
os.fsync(fd)
os.close(fd)
