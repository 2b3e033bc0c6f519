# SPDX-License-Identifier: MIT
# about: shutil: copy2, copytree, move, make_archive, unpack_archive, rmtree, chown
import os
import shutil
from pathlib import Path

Path("a/b/c").mkdir(parents=True)
for i in range(20):
    Path("a/b/f%d" % i).write_text("%d\n" % i * 1000)
Path("a/b/c/deep").write_bytes(bytes(range(256)) * 500)
os.chmod("a/b/f1", 0o640)
os.utime("a/b/f1", ns=(10**18 + 5, 10**18 + 7))
os.symlink("f1", "a/b/link")
os.link("a/b/f2", "a/b/hard")
shutil.copytree("a", "copy", symlinks=True)
shutil.copytree("a", "copy", symlinks=False, dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("link"))
print(os.stat("copy/b/f1").st_mtime_ns, oct(os.stat("copy/b/f1").st_mode))
shutil.copy2("a/b/f1", "copy/b/f3")
shutil.copyfile("a/b/f4", "copy/b/f5")
shutil.copy("a/b/f6", "copy")
try:
    shutil.copyfile("a/b/f4", "a/b/f4")
except shutil.SameFileError:
    print("same file")
shutil.move("copy/b", "moved")
shutil.move("moved/f9", "copy/f10")
os.environ["SOURCE_DATE_EPOCH"] = "315532800"
shutil.make_archive("packed", "zip", "a")
shutil.unpack_archive("packed.zip", "unpacked")
os.remove("packed.zip")
shutil.rmtree("moved/c")
shutil.chown("copy/f6", os.getuid(), os.getgid())
for top, dirs, files in sorted(os.walk(".")):
    print(top, sorted(dirs), sorted(files))
