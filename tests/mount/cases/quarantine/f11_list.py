# SPDX-License-Identifier: MIT
# about: F11: `partial list` shows path, time, size, pid, command and why
# quarantine: some
from mounttest import *

os.makedirs("sub dir")
name = "sub dir/a name \u00e4"
p = Peer()
p.put(name, b"12345")
p.kill()
wait_until(partials, "a partial")
for where in (MNT, BACKING):
    out = idemfs("partial", "list", where)
    for word in ("a name", "SIGKILL", str(p.pid), "python", "5 B"):
        check(word in out, "%r is not in: %s" % (word, out))
got = json.loads(idemfs("partial", "list", "--json", MNT))
check(isinstance(got, (list, dict)), "json")
record = partials()[0]
age = time.time() - float(record["time"])
check(-60 < age < 3600, "time: %s" % record["time"])
check(float(record["began"]) <= float(record["time"]), "began before")
