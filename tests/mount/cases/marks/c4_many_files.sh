# SPDX-License-Identifier: MIT
# about: C4: a manifest of 20,000 files
. "$TESTS/lib/lib.sh"

python3 - <<'END'
import os
for d in range(20):
    os.mkdir("d%d" % d)
    for f in range(1000):
        fd = os.open("d%d/f%d" % (d, f), os.O_WRONLY | os.O_CREAT, 0o644)
        os.write(fd, b"%d %d\n" % (d, f))
        os.close(fd)
END
touch .checkpoints/a.done
m=$BACKING/.idemfs/marks/a.done
eq "$(grep -c '^# file ' "$m")" 20000
eq "$(wc -c < .checkpoints/a.done)" "$(stat -c %s "$m")"
(cd "$BACKING" && xxhsum -c .idemfs/marks/a.done) > "$TMP/said" || fail "xxhsum"
eq "$(grep -c ': OK$' "$TMP/said")" 20000
