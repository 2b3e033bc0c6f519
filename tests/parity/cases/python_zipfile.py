# SPDX-License-Identifier: MIT
# about: zipfile, tarfile, gzip, lzma, shelve, pickle, csv, json, compileall, configparser
import compileall
import csv
import gzip
import json
import lzma
import os
import pickle
import py_compile
import shelve
import tarfile
import zipfile

date = (2020, 1, 2, 3, 4, 6)
with zipfile.ZipFile("a.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for i in range(30):
        z.writestr(zipfile.ZipInfo("f%d" % i, date), "%d\n" % i * 500)
with zipfile.ZipFile("a.zip", "a") as z:
    z.writestr(zipfile.ZipInfo("more", date), "more")
    print(z.testzip(), len(z.namelist()))
    with z.open("f3") as f:
        print(f.readline())
with zipfile.ZipFile("a.zip") as z:
    z.extractall("x")
with tarfile.open("a.tar", "w") as t:
    for name in sorted(os.listdir("x")):
        info = t.gettarinfo("x/" + name)
        info.mtime = 0
        with open("x/" + name, "rb") as f:
            t.addfile(info, f)
with tarfile.open("a.tar", "a") as t:
    info = tarfile.TarInfo("last")
    t.addfile(info)
with tarfile.open("a.tar") as t:
    t.extractall("y")
    print(len(t.getnames()))
with gzip.GzipFile("a.gz", "wb", mtime=0) as f:
    f.write(b"text\n" * 10000)
with gzip.GzipFile("a.gz", "ab", mtime=0) as f:
    f.write(b"more\n")
print(len(gzip.open("a.gz").read()))
with lzma.open("a.xz", "w") as f:
    f.write(b"text\n" * 10000)
with shelve.open("shelf") as s:
    for i in range(50):
        s["key%d" % i] = list(range(i))
with shelve.open("shelf", writeback=True) as s:
    s["key3"].append("more")
    del s["key4"]
    print(len(s), s["key3"])
for name in os.listdir("."):
    if name.startswith("shelf"):
        os.remove(name)
with open("p", "wb") as f:
    pickle.dump({"a": list(range(1000))}, f)
with open("c.csv", "w", newline="") as f:
    csv.writer(f).writerows([i, i * i] for i in range(1000))
with open("j.json", "w") as f:
    json.dump({str(i): i for i in range(1000)}, f, indent=1)
with open("m.py", "w") as f:
    f.write("X = 1\n")
py_compile.compile("m.py", "m.pyc", doraise=True,
                   invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
print(compileall.compile_dir(".", quiet=2, maxlevels=0, invalidation_mode=
                             py_compile.PycInvalidationMode.UNCHECKED_HASH))
