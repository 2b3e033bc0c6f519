# SPDX-License-Identifier: MIT
# about: F5: /dev/stdout and /dev/fd/N reopen the version that is being written
# native: yes
. "$TESTS/lib/lib.sh"

echo old > f
sh -c 'echo one; echo two >> /dev/stdout; echo three >> /dev/fd/1' >> f
has f "old
one
two
three"
# Opened for writing, /dev/stdout truncates, as on any filesystem.
sh -c 'echo lost; echo kept > /dev/stdout' > f
has f kept
echo text | tee /dev/stderr 2> f > g
has f text
has g text
python3 -c 'open("/dev/stdout", "w").write("from python\n")' > f
has f "from python"
echo read me > f
has /dev/fd/3 "read me" 3< f
exec 5> f
echo x > /proc/self/fd/5
cat /proc/self/fd/5 > g
exec 5>&-
has f x
has g x
