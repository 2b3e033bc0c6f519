# SPDX-License-Identifier: MIT
# about: F13: Python's tempfile, shutil, zipfile, mmap, sqlite3, multiprocessing
# native: yes
from mounttest import *
import multiprocessing
import shutil
import sqlite3
import tempfile
import zipfile

with tempfile.TemporaryDirectory(dir=".") as d:
    Path(d, "x").write_text("x")
absent(d)
with tempfile.TemporaryFile(dir=".") as f:
    f.write(b"nameless")
    f.seek(0)
    eq(f.read(), b"nameless")
with tempfile.NamedTemporaryFile("w", dir=".", delete=False) as f:
    f.write("named")
os.replace(f.name, "named")
eq(read("named"), b"named")
os.makedirs("tree/sub")
Path("tree/sub/f").write_bytes(pattern(100_000))
shutil.copytree("tree", "copy")
eq(read("copy/sub/f"), pattern(100_000))
shutil.make_archive("arch", "gztar", "tree")
shutil.unpack_archive("arch.tar.gz", "out")
eq(read("out/sub/f"), pattern(100_000))
shutil.move("out", "moved")
shutil.rmtree("moved")
absent("moved")
with zipfile.ZipFile("z.zip", "w") as z:
    z.write("tree/sub/f")
with zipfile.ZipFile("z.zip", "a") as z:
    z.writestr("more", "text")
with zipfile.ZipFile("z.zip") as z:
    eq(z.testzip(), None)
    eq(z.read("more"), b"text")
db = sqlite3.connect("d.sqlite")
db.execute("create table t(x)")
db.executemany("insert into t values(?)", [(i,) for i in range(100)])
db.commit()
db.close()
eq(sqlite3.connect("d.sqlite").execute("select sum(x) from t").fetchone(),
   (4950,))


def work(i):
    with open("shared.txt", "a") as f:
        f.write("worker %d\n" % i)
    return i


with multiprocessing.Pool(4) as pool:
    eq(sorted(pool.map(work, range(40), 1)), list(range(40)))
eq(len(read("shared.txt").splitlines()), 40)
with open("text", "w+") as f:
    f.write("line\n" * 10)
    f.seek(0)
    eq(len(f.readlines()), 10)
