# SPDX-License-Identifier: MIT
# about: multiprocessing: eight processes write one file, and one each, at once
import multiprocessing
import os


def part(i):
    """Its own piece of the file that all share."""
    with open("shared", "r+b", buffering=0) as f:
        f.seek(i * 1000)
        f.write(b"%d" % (i % 10) * 1000)
    with open("own%d" % i, "w") as f:
        f.write(str(i) * 1000)


def append(i):
    with open("appended", "a") as f:
        f.write("%02d\n" % i)


def main():
    with open("shared", "wb") as f:
        f.truncate(32000)
    with multiprocessing.Pool(8) as pool:
        pool.map(part, range(32), chunksize=1)
        pool.map(append, range(64), chunksize=1)
    with open("shared", "rb") as f:
        data = f.read()
    print(all(data[i * 1000:i * 1000 + 1000] == b"%d" % (i % 10) * 1000
              for i in range(32)), len(data))
    with open("appended") as f:
        lines = sorted(f)
    print(lines == ["%02d\n" % i for i in range(64)])
    os.remove("appended")
    print(len(os.listdir(".")))


if __name__ == "__main__":
    main()
