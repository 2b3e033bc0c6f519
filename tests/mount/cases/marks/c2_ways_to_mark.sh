# SPDX-License-Identifier: MIT
# about: C2: touch, >, echo note >, mktemp + mv, install, cp make marks
. "$TESTS/lib/lib.sh"

cd .checkpoints
touch a.done
> b.done
: > c.done
echo note > d.done
t=$(mktemp -p "$PWD") && mv "$t" e.done
t=$(mktemp -p "$TMP") && echo from outside > "$t" && mv "$t" f.done
t=$(mktemp -p ..) && echo from the tree > "$t" && mv "$t" g.done
date > h.tmp && mv h.tmp h.done
cp /etc/hostname i.done
printf x | tee j.done > /dev/null
touch -d @1000000000 k.done
set -o noclobber
> l.done
(> l.done) 2> "$TMP/err" && fail "noclobber"
eq "$(ls | tr '\n' ' ')" \
	"a.done b.done c.done d.done e.done f.done g.done h.done i.done j.done k.done l.done "
has d.done note
has f.done "from outside"
has g.done "from the tree"
has j.done x
for m in *; do
	[ -f "$m" ] || fail "$m is no file"
	[ -f "$BACKING/.idemfs/marks/$m" ] || fail "$m is no plain file"
done
now=$(date +%s)
age=$((now - $(stat -c %Y a.done)))
[ $age -ge -60 ] && [ $age -le 3600 ] || fail "mtime of a mark: $age s"
