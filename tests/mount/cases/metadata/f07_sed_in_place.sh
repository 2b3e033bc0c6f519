# SPDX-License-Identifier: MIT
# about: F7: sed -i and perl -i keep mode and leave no name of their own
# needs: perl
# native: yes
. "$TESTS/lib/lib.sh"

seq 100 > f
chmod 640 f
sed -i 's/^50$/fifty/' f
eq "$(sed -n 50p f)" fifty
perl -pi -e 's/^51$/fiftyone/' f
eq "$(sed -n 51p f)" fiftyone
eq "$(wc -l < f)" 100
eq "$(stat -c %a f)" 640
eq "$(find . -mindepth 1 -maxdepth 1 -type f)" ./f
sort -rn -o f f
eq "$(head -1 f)" 100
