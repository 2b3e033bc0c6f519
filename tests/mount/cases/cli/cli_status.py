# SPDX-License-Identifier: MIT
# about: cli: status shows marks, pending versions, quarantine, options; --json is JSON
# options: --threads 3 --discard-on failed --open-wait 7 --in-place *.db
# quarantine: some
from mounttest import *

os.mkdir("d")
name = 'd/a "quoted" n\u00e4me'
write(name, b"old")
Path(".checkpoints/first.done").touch()
p, q = Peer(), Peer()
q.put("killed", b"x")
q.kill()
wait_until(partials, "a partial")
fd = p.put(name, b"12345")
got = status_json()
text = idemfs("status", MNT)
pend = got["pending"]
eq(len(pend), 1)
eq(pend[0]["path"], name)
eq(pend[0]["size"], 5)
eq(pend[0]["pid"], p.pid)
check("python" in pend[0]["command"], "command")
check(any(isinstance(v, (int, float)) and "age" in k
          for k, v in pend[0].items()), "age: %s" % pend[0])
flat = json.dumps(got)
for word in ("first.done", '"failed"', "*.db", "*.log"):
    check(word in flat or word.replace('"', "") in flat, word + " in " + flat)
for word in ("first.done", "quoted", str(p.pid), "python", "failed", "*.db",
             "*.log"):
    check(word in text, "%r is not in: %s" % (word, text))
p.close(fd)
eq(status_json()["pending"], [])
os.chdir(MNT)
json.loads(idemfs("status", "--json", "."))
