# SPDX-License-Identifier: MIT
# about: tempfile: named, renamed, kept, directories, spooled, without a name
import os
import tempfile

with tempfile.NamedTemporaryFile("w", dir=".", delete=False) as f:
    f.write("half, ")
    f.flush()
    os.replace(f.name, "replaced")
    f.write("whole")
print(open("replaced").read(), oct(os.stat("replaced").st_mode))

fd, name = tempfile.mkstemp(dir=".")
os.write(fd, b"content")
os.close(fd)
os.chmod(name, 0o644)
os.rename(name, "kept")

for i in range(3):
    with tempfile.NamedTemporaryFile(dir=".") as f:
        f.write(b"x" * 10000)
        f.flush()
        print(os.path.getsize(f.name), os.path.exists(f.name))

with tempfile.TemporaryDirectory(dir=".") as d:
    for i in range(20):
        with open(os.path.join(d, str(i)), "w") as f:
            f.write(str(i))
    os.rename(os.path.join(d, "7"), "seven")

with tempfile.TemporaryFile(dir=".") as f:
    f.write(b"no name")
    f.seek(3)
    print(f.read())

with tempfile.SpooledTemporaryFile(max_size=100, dir=".") as f:
    f.write(b"y" * 1000)
    f.seek(0)
    print(len(f.read()))
print(sorted(os.listdir(".")))
