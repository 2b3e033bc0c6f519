# SPDX-License-Identifier: MIT
# What shell cases share: . "$TESTS/lib/lib.sh"
set -eu -o pipefail

fail() {
	echo "FAIL line ${BASH_LINENO[0]}: $*" >&2
	exit 1
}

skip() {
	echo "$*"
	exit 77
}

# eq GOT WANT [TEXT]
eq() {
	[ "$1" = "$2" ] || {
		echo "FAIL line ${BASH_LINENO[0]}: ${3:-}: got '$1', want '$2'" >&2
		exit 1
	}
}

# has FILE TEXT: FILE holds exactly TEXT, as $(cat FILE) sees it
has() {
	local got
	got=$(cat "$1") || fail "cannot read $1"
	[ "$got" = "$2" ] || {
		echo "FAIL line ${BASH_LINENO[0]}: $1: got '$got', want '$2'" >&2
		exit 1
	}
}

# outside COMMAND...: as a process that does not come from this shell
outside() {
	python3 "$TESTS/lib/outside.py" "$@"
}

# has_outside FILE TEXT: likewise, what others see there
has_outside() {
	local got
	got=$(outside cat "$1") || fail "others cannot read $1"
	[ "$got" = "$2" ] || {
		echo "FAIL line ${BASH_LINENO[0]}: $1: others got '$got', want '$2'" >&2
		exit 1
	}
}

absent() {
	if [ -e "$1" ] || [ -L "$1" ]; then
		echo "FAIL line ${BASH_LINENO[0]}: $1 is there" >&2
		exit 1
	fi
}

# status WANT COMMAND...: COMMAND must end with exit status WANT
status() {
	local want=$1 got=0
	shift
	"$@" || got=$?
	[ "$got" -eq "$want" ] || {
		echo "FAIL line ${BASH_LINENO[0]}: '$*': status $got, want $want" >&2
		exit 1
	}
}

# Polls until COMMAND is true; only for what is promised to come, not when.
wait_until() {
	local i
	for i in $(seq 6000); do
		if "$@"; then
			return 0
		fi
		sleep 0.01
	done
	fail "never came true: $*"
}

# How many partials are in quarantine
partials() {
	find "$BACKING/.idemfs/partial" -name '*.txt' | wc -l
}

has_partials() {
	[ "$(partials)" -eq "$1" ]
}

# same_calls PROGRAM [BELOW]: what it prints here is what it prints in a new
# directory in BELOW, on the filesystem below (helpers/calls.h)
same_calls() {
	local bare
	bare=$(mktemp -d "${2:-$(dirname "$BACKING")}/bare.XXXXXX")
	chmod 755 "$bare"
	mkdir calls
	(cd "$bare" && "$HELPERS/$1") >"$TMP/bare.out" || fail "below: status $?"
	(cd calls && "$HELPERS/$1") >"$TMP/here.out" || fail "status $?"
	[ -s "$TMP/here.out" ] || fail "$1 printed nothing"
	diff -U 2 "$TMP/bare.out" "$TMP/here.out" ||
		fail "- the filesystem below, + the mount"
	rm -rf calls "$bare"
	absent calls
}
