# SPDX-License-Identifier: MIT
# about: C2, C6: a step says what runs, how long it took and how it failed: on stderr, in status, log, report, the live view and its mark
# mount: no
import re

from mounttest import *

out = TMP / "out"
out.mkdir()
os.environ["PATH"] = "%s:%s" % (Path(IDEMFS).parent, os.environ["PATH"])


def step(name, *command):
    p = subprocess.run(["idemfs", "step", name, "--", *command], cwd=out,
                       stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                       text=True, check=False)
    return p.returncode, p.stderr


def status():
    return json.loads(idemfs("status", "--json", out))


idemfs("mount", out)
try:
    eq(step("idle.done", "true"), (0, ""))
    time.sleep(1.5)
    eq(step("quick.done", "true"), (0, ""))
    head = dict(line[2:].split(" ", 1) for line in
                (out / ".checkpoints/quick.done").read_text().splitlines()
                if line.startswith("# "))
    began, ended, code = map(float, head["ran"].split())
    check(0 <= ended - began < 1.4, "its own duration: " + head["ran"])
    check(began <= ended <= float(head["time"].split()[0]), head)
    check(0 <= float(head["since"]) < 1.4, "since its session began")
    eq(code, 0)

    # What runs.
    p = subprocess.Popen(["idemfs", "step", "slow.done", "--", "sleep", "600"],
                         cwd=out, stdin=subprocess.DEVNULL)
    wait_until(lambda: status()["running"], "it runs")
    running = status()["running"][0]
    eq((running["name"], running["command"], running["pid"]),
       ("slow.done", "sleep 600", p.pid))
    text = idemfs("status", out)
    check(re.search(r"^running steps:\n +\d\.\d s  pid %d  slow\.done" % p.pid,
                    text, re.M), text)
    p.terminate()
    eq(p.wait(), 128 + signal.SIGTERM)
    eq(status()["running"], [])

    # How it failed.
    code, said = step("bad.done", "sh", "-c", "exit 3")
    eq(code, 3)
    check(re.fullmatch(r"idemfs: step bad\.done: sh ended with 3 after .* s, so "
                       r"there is no mark\n", said), said)
    p = subprocess.Popen(["idemfs", "step", "killed.done", "--", "sleep",
                          "600"], cwd=out, stdin=subprocess.DEVNULL)
    wait_until(lambda: status()["running"], "it runs")
    p.kill()
    p.wait()
    wait_until(lambda: not status()["running"], "its end was seen")
    failed = {s["name"]: s["how"] for s in status()["failed_steps"]}
    eq(failed, {"slow.done": "status 143 (signal 15)", "bad.done": "status 3",
                "killed.done": "killed"})
    for text in (idemfs("log", out), idemfs("report", out)):
        for name, how in failed.items():
            check(re.search("step .*%s.* failed: %s" %
                            (re.escape(name), re.escape(how)), text), text)
    # Done at last.
    eq(step("bad.done", "true"), (0, ""))
    check("bad.done" not in {s["name"] for s in status()["failed_steps"]},
          "it has not failed any more")
    for name in ("slow", "bad", "killed"):
        eq((out / ".checkpoints" / (name + ".done")).exists(), name == "bad")
finally:
    idemfs("umount", out)
