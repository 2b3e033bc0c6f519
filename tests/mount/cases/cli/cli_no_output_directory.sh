# SPDX-License-Identifier: MIT
# about: cli: what is no output directory is refused with one clear line, and nothing is left: /, /proc, /sys, /dev, below and above another idemfs
# mount: no
# needs: root unshare chroot
. "$TESTS/lib/cli.sh"

# In a machine of its own: its root is a directory here, with /tmp and /run.
machine=$TMP/machine
mkdir -p "$machine"/{proc,sys,dev,tmp,run,out,bin}
export IDEMFS machine
cat > "$machine/script" <<'EOF'
set -eu
says() { # says WORD COMMAND...
	local word=$1 got=0
	shift
	timeout 20 "$@" > /tmp/out 2> /tmp/err || got=$?
	[ "$got" -ne 0 ] || { echo "'$*' worked"; exit 1; }
	[ "$(wc -l < /tmp/err)" -eq 1 ] || { echo "'$*':"; cat /tmp/err; exit 1; }
	grep -q -e "$word" /tmp/err || { echo "'$*': no '$word'"; cat /tmp/err; exit 1; }
}
cd /
for how in mount "run --"; do
	set -- $how
	says 'the machine' /bin/idemfs $1 / $2 true
	says 'cannot hold state here' /bin/idemfs $1 /proc $2 true
	says 'cannot hold state here' /bin/idemfs $1 /proc/self $2 true
	says 'cannot hold state here' /bin/idemfs $1 /sys/fs $2 true
	says 'cannot hold state here' /bin/idemfs $1 /dev $2 true
done
says 'the machine' /bin/idemfs mount /out /
says 'cannot hold state here' /bin/idemfs mount /out /dev
[ ! -e /.idemfs ] && [ ! -e /dev/.idemfs ] && [ ! -e /out/.idemfs ]
# /dev/shm is for files.
mkdir /dev/shm && mount -t tmpfs tmpfs /dev/shm && mkdir /dev/shm/d
/bin/idemfs run /dev/shm/d -- sh -c 'echo x > f'
[ "$(cat /dev/shm/d/f)" = x ]
EOF
sed -i 's/\$1 \/ \$2 true/$1 \/ ${2:-} ${2:+true}/; s/ \$2 true/ ${2:-} ${2:+true}/' "$machine/script"
unshare -m --propagation private bash -c '
	set -eu
	mount --bind "$machine" "$machine"
	cd "$machine"
	for d in usr lib lib64 etc; do
		[ ! -e /$d ] || { mkdir -p $d; mount --rbind /$d $d; }
	done
	mount -t tmpfs tmpfs bin
	for b in bash sh cat grep mkdir mount timeout true wc; do ln -s /usr/bin/$b bin/$b; done
	cp "$IDEMFS" bin/idemfs
	mount -t proc proc proc
	mount -t sysfs sysfs sys
	mount -t tmpfs tmpfs dev
	for n in null zero full urandom fuse; do
		touch dev/$n; mount --bind /dev/$n dev/$n
	done
	exec chroot . /usr/bin/bash /script'

# Inside and around another idemfs
mkdir "$BACKING/sub" "$TMP/other"
"$IDEMFS" mount "$BACKING"
says() { # says WORD COMMAND...
	local word=$1 got=0
	shift
	"$@" > "$TMP/stdout" 2> "$TMP/stderr" || got=$?
	[ "$got" -ne 0 ] || fail "'$*' worked"
	eq "$(wc -l < "$TMP/stderr")" 1 "$(cat "$TMP/stderr")"
	grep -q -e "$word" "$TMP/stderr" || fail "'$*': no '$word': $(cat "$TMP/stderr")"
}
says "lies inside the idemfs mount $BACKING" "$IDEMFS" mount "$BACKING/sub"
says "lies inside the idemfs mount $BACKING" "$IDEMFS" run "$BACKING/sub" -- true
says "lies inside the idemfs mount $BACKING" "$IDEMFS" mount "$BACKING/sub" "$MNT"
says "lies inside the idemfs mount $BACKING" "$IDEMFS" mount "$TMP/other" "$BACKING/sub"
absent "$BACKING/sub/.idemfs"
absent "$TMP/other/.idemfs"
"$IDEMFS" umount "$BACKING"
absent "$BACKING/sub/.idemfs"
"$IDEMFS" mount "$BACKING/sub"
says "the idemfs mount $BACKING/sub lies inside" "$IDEMFS" mount "$BACKING"
says "the idemfs mount $BACKING/sub lies inside" "$IDEMFS" run "$BACKING" -- true
"$IDEMFS" umount "$BACKING/sub"
"$IDEMFS" run "$BACKING" -- true
