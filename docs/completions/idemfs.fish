# SPDX-License-Identifier: MIT
#
# Completion of idemfs for fish.  Subcommands and options are what --help says,
# and what options take is written by tools/check-manual --fix.

function __idemfs_commands
	idemfs --help 2>/dev/null |
		string replace -rf '^  ([a-z]+)  +(.*)' '$1\t$2'
end

function __idemfs_command
	set -l words (commandline -opc)
	test (count $words) -ge 2; and echo $words[2]
end

function __idemfs_options
	idemfs (__idemfs_command) --help 2>/dev/null |
		string replace -rf '^  (?:-., )?(--[a-z-]+)\S* *(?:[A-Z][A-Z,]* *)?(.*)' '$1\t$2'
end

# keys: made by tools/check-manual --fix
set -g __idemfs_worded --discard-on --durability --spin --passthrough --stale --log-level --run-id
# keys: end

# Words after the subcommand that are no options
function __idemfs_plain
	set -l words (commandline -opc)
	string match -v -- '-*' $words[3..-1]
end

# Where a word of the command line is to come, not the value of an option
function __idemfs_is
	test (count (commandline -opc)) -ge 2
	and not __idemfs_after $__idemfs_worded
	and contains -- (__idemfs_command) $argv
end

function __idemfs_marks
	set -l dir (__idemfs_plain)[1]
	for at in $dir/.checkpoints $dir/.idemfs/marks
		test -d $at; or continue
		find $at -mindepth 1 -name '.*' -prune -o -type f -printf '%P\n' 2>/dev/null
		return
	end
end

function __idemfs_after
	set -l words (commandline -opc)
	contains -- $words[-1] $argv
end

complete -c idemfs -f
complete -c idemfs -n 'test (count (commandline -opc)) -eq 1' -a '(__idemfs_commands)'
complete -c idemfs -n 'test (count (commandline -opc)) -eq 1' -a '--help --version'
complete -c idemfs -n 'test (count (commandline -opc)) -ge 2; and string match -q -- "-*" (commandline -ct)' -a '(__idemfs_options)'
# words: made by tools/check-manual --fix
complete -c idemfs -n '__idemfs_after --discard-on' -a 'killed failed crashed never'
complete -c idemfs -n '__idemfs_after --durability' -a 'none checkpoint close'
complete -c idemfs -n '__idemfs_after --spin' -a 'auto off'
complete -c idemfs -n '__idemfs_after --passthrough' -a 'auto off on'
complete -c idemfs -n '__idemfs_after --stale' -a 'hide warn'
complete -c idemfs -n '__idemfs_after --log-level' -a 'error warn info debug'
complete -c idemfs -n '__idemfs_after --run-id' -a 'auto'
complete -c idemfs -n '__idemfs_after -i --input -t --to' -F
# words: end
complete -c idemfs -n '__idemfs_is partial; and test (count (__idemfs_plain)) -eq 0' -a 'list restore drop'
complete -c idemfs -n '__idemfs_is show wait verify; and test (count (__idemfs_plain)) -ge 1' -a '(__idemfs_marks)'
complete -c idemfs -n '__idemfs_is step session run' -F
complete -c idemfs -n '__idemfs_is mount umount run status show log wait verify report runs partial' -a '(__fish_complete_directories)'
