# SPDX-License-Identifier: MIT
# about: perl -i, with and without a backup, and a rename while a handle is open
# needs: perl

seq 1000 > a
chmod 640 a
perl -pi -e 's/5/five/' a
perl -pi.orig -e 's/6/six/' a
perl -ni -e 'print unless /7/; print STDERR "end\n" if eof' a
perl -e 'open(F, "+<", "a") or die $!; seek(F, 10, 0); print F "XYZ"; close(F) or die $!'
perl -e 'open(F, ">", "t") or die $!; print F "half "; rename("t", "b") or die $!;
	print F "whole\n"; close(F) or die $!; print -s "b", "\n"'
perl -MFile::Copy -e 'copy("a", "c") or die $!; move("c", "d") or die $!'
perl -MFile::Temp=tempfile -e '($f, $n) = tempfile("tXXXX", DIR => "."); print $f "x\n"; close($f);
	rename($n, "e") or die $!'
perl -e 'truncate("a", 100) or die $!; print -s "a", "\n"'
perl -MFcntl=:flock -e 'for (1..50) { open(F, ">>", "n") or die $!; flock(F, LOCK_EX);
	print F "$_\n"; close(F) }'
stat -c '%n %a %s' *
