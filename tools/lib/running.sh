# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# How tools/test runs programs, within its limit of time, and counts what they
# passed.  Sourced by it, after common.sh; uses its LOGS, LIMIT and FULL, and
# sets CHILD to the process that is to be ended when the tool is.

# bounded LOG COMMAND…: within the limit, if there is one, and in the background,
# so that a signal to this tool is acted on at once.
bounded() {
	local log=$1 rc=0 seconds=0 # timeout(1): 0 is no limit
	shift
	[[ -z $LIMIT ]] || seconds=$((LIMIT > SECONDS ? LIMIT - SECONDS : 1))
	: >"$log"
	timeout -k 30 "$seconds" "$@" >>"$log" 2>&1 </dev/null &
	CHILD=$!
	wait "$CHILD" || rc=$?
	CHILD=''
	((rc != 124)) || echo "ended after $seconds seconds" >>"$log"
	return "$rc"
}

# Without address randomisation where that may be had: older sanitizers do not
# find their way in the layout of newer kernels.
FIXED=(setarch "$(uname -m)" -R)
"${FIXED[@]}" true 2>/dev/null || FIXED=()

# Is there a program of build NAME? Says that WHAT is not run where there is
# none; that the build failed is counted already.
have_build() {
	[[ -x $BUILD/$1/idemfs ]] && return
	skip "$2: not built"
	return 1
}

# make NAME WHAT [CMAKE-OPTION…]: a build that is a test itself.
make() {
	local name=$1 what=$2
	shift 2
	if build "$name" "$@"; then
		pass "$what"
	else
		fail "$what"
		return 1
	fi
}

# Counts of a ctest log: of the Criterion line of each program, or one for a
# program that prints none; a program that fails for another reason than a
# failed test (a leak, say) is one failure more.
ctest_counts() {
	awk '
	/^[0-9]+: \[====\] Synthesis:/ {
		id = $1 + 0; spoke[id] = 1; good[id] = bad[id] = 0
		for (i = 1; i < NF; i++) {
			if ($i == "Passing:") good[id] += $(i + 1)
			if ($i ~ /^(Failing|Crashing):$/) bad[id] += $(i + 1)
		}
	}
	/^[0-9]+: \[SKIP\]/ { skipped++ }
	/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
		id = $0; sub(/^[^#]*#/, "", id); id += 0
		ok = / Passed +[0-9.]+ sec/
		if (!spoke[id]) good[id] = ok
		if (!ok && !bad[id]) bad[id] = 1
		passed += good[id]; failed += bad[id]
	}
	END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

# ctest_step NAME LABELS WHAT: the tests of build NAME whose label matches.
ctest_step() {
	local log=$LOGS/$1-${2//[^a-z]/-}.log rc=0 p f s

	bounded "$log" "${FIXED[@]}" ctest --test-dir \
		"$BUILD/$1" -L "^($2)\$" -V -j2 || rc=$?
	read -r p f s < <(ctest_counts "$log")
	if ((p + f + s == 0 && rc == 0)); then
		skip "$3: there are none"
		return
	fi
	((rc == 0 || f > 0)) || f=1
	report "$3" "$p" "$f" "$s" "$log"
	((f == 0)) || grep -E '\[----\]|\[FAIL\]|\[CRASH|ERROR:|\*\*\*|Error:|    #[0-9]' \
		"$log" | head -n 60 | sed 's/^/        /'
}

# cases_without PATTERN: the mount tests whose names do not match.  Sets CASES;
# all of them, as an empty list, when nothing is to be left out.
cases_without() {
	local f

	CASES=()
	[[ -z $FULL ]] || return 0
	while IFS= read -r f; do
		# shellcheck disable=SC2053  # it is a pattern
		[[ $f == @($1) ]] || CASES+=("$f")
	done < <(find "$ROOT/tests/mount/cases" -name '*.sh' -printf '%f\n' -o \
		-name '*.py' -printf '%f\n' | sort)
}

# mount_step NAME WHAT [OPTION…]: the mount tests with build NAME.
mount_step() {
	local name=$1 what=$2
	shift 2
	cases_step "$name" "$what" "$ROOT/tests/mount/run" \
		--helpers "$BUILD/$name/helpers" "$@"
}

# cases_step NAME WHAT RUNNER [OPTION…]: what RUNNER counts with build NAME.
cases_step() {
	local name=$1 what=$2 log=$LOGS/${2//[^A-Za-z0-9]/-}.log
	local rc=0 p=0 f=0 s=0 re
	shift 2
	have_build "$name" "$what" || return
	bounded "$log" "${FIXED[@]}" \
		"$@" --idemfs "$BUILD/$name/idemfs" || rc=$?
	re='^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$'
	if [[ $(grep -E "$re" "$log" | tail -n 1) =~ $re ]]; then
		p=${BASH_REMATCH[1]} f=${BASH_REMATCH[2]} s=${BASH_REMATCH[4]:-0}
	fi
	((rc != 124)) || ((f++)) # what it did not get to
	((rc == 0 || f > 0)) || f=1
	report "$what" "$p" "$f" "$s" "$log"
	grep -E '^(failed|skipped) |^    \| |^ended after|^run: ' "$log" |
		sed 's/^/        /' | head -n 150
}

# report WHAT PASSED FAILED SKIPPED LOG
report() {
	local word=ok

	(($3 == 0)) || word=FAIL
	count "$2" "$3" "$4" "$1"
	printf '  %-5s %s: %d passed, %d failed, %d skipped (%s)\n' "$word" \
		"$1" "$2" "$3" "$4" "${5#"$ROOT"/}"
}
