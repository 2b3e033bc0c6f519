# SPDX-License-Identifier: MIT
# about: F8: hg, killed at any moment, recovers a repository that is whole
# needs: hg
# quarantine: some
# timeout: 240
# native: yes
import random

from mounttest import *

ROUNDS = 4 if os.environ.get("BRIEF") else 12
HG = "HGRCPATH= hg -R repo --config ui.username=t"
seed = int.from_bytes(os.urandom(4), "little")
random.seed(seed)
print("seed", seed)
sh("HGRCPATH= hg init repo; echo 0 > repo/a; %s add -q repo/a; "
   "%s commit -qm 0 repo/a" % (HG, HG))
for i in range(ROUNDS):
    child = subprocess.Popen(
        ["bash", "-c", "for i in $(seq 20); do seq $RANDOM > repo/a; "
         "%s commit -qm $i repo/a; done" % HG], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True)
    time.sleep(0.3 + random.random())
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    # As a user goes on.
    for lock in ("repo/.hg/store/lock", "repo/.hg/wlock"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(lock)
    if os.path.exists("repo/.hg/store/journal"):
        sh("%s recover -q > /dev/null 2>&1" % HG, status=None)
    sh("%s verify -q > /dev/null" % HG)
    check(int(sh("%s log -T x | wc -c" % HG)) > 0, "commits")
