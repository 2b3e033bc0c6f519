# SPDX-License-Identifier: MIT
# about: S3: with --stale hide, or idemfs step, a lost file has its own step done again, and no other
# mount: no
from mounttest import *

ran = TMP / "ran"
ends = []
for f in ("a", "b"):
    os.mkfifo(TMP / f)
    ends.append(os.open(TMP / f, os.O_RDWR))
# Both write before either ends.
STEPS = """
for i in a b; do
    export i
    [ -e .checkpoints/$i.%s ] || {
        %s sh -c "echo $i >> %s; echo $i > $i; $WAIT" || exit
    } &
done
wait
"""
PLAIN = STEPS % ("touched", IDEMFS + " session --", ran)
STEP = STEPS % ("none", IDEMFS + " step $i.done --", ran)
HALF = "[ $i = a ] && o=b || o=a; echo x > %s/$o; read line < %s/$i" % (
    TMP, TMP)


def script(text, wait):
    env = dict(os.environ, WAIT=wait)
    run("bash", "-c", text, env=env, stderr=subprocess.DEVNULL)
    got = sorted(read(ran).decode().split()) if ran.exists() else []
    ran.unlink(missing_ok=True)
    return got


PLAIN = PLAIN.replace("$WAIT", "$WAIT; touch .checkpoints/$i.touched")
for text, options in ((STEP, []), (PLAIN, ["--stale", "hide"])):
    with mounted(*options):
        os.chdir(MNT)
        eq(script(text, HALF), ["a", "b"])
        eq(script(text, "true"), [], "both are done")
    os.unlink(BACKING / "a")
    with mounted(*options):
        os.chdir(MNT)
        eq(script(text, "true"), ["a"], "the step whose file is lost")
        eq(script(text, "true"), [])
        for f in ("a", "b"):
            os.unlink(f)
