# SPDX-License-Identifier: MIT
# about: F8: LevelDB, killed after a synced put, opens, and has all that was put
# quarantine: some
# native: yes
import random

from mounttest import *

ROUNDS = 5 if os.environ.get("BRIEF") else 20
PYTHON = "/usr/bin/python3"  # that of the distribution's python3-plyvel
PUT = """
import plyvel, sys
db = plyvel.DB("db", create_if_missing=True, write_buffer_size=1 << 16)
n = int(sys.argv[1])
while True:
    db.put(b"%08d" % n, b"v" * 1000, sync=True)
    print(n, flush=True)
    n += 1
"""
COUNT = """
import plyvel
db = plyvel.DB("db")
print(sum(1 for _ in db))
"""
if subprocess.run([PYTHON, "-c", "import plyvel"], check=False,
                  stderr=subprocess.DEVNULL).returncode:
    skip("python3-plyvel is not installed")
done = 0
for i in range(ROUNDS):
    child = subprocess.Popen([PYTHON, "-c", PUT, str(done)],
                             stdout=subprocess.PIPE)
    until = done + random.randrange(1, 200)
    for line in child.stdout:
        done = int(line) + 1
        if done >= until:
            break
    child.kill()
    done = max([done] + [int(n) + 1 for n in child.stdout])
    child.wait()
    got = int(run(PYTHON, "-c", COUNT))
    check(got in (done, done + 1), "%d are there of %d" % (got, done))
    done = got
