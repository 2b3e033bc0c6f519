# SPDX-License-Identifier: MIT
# about: split in several ways and back; truncate to less, more, relative, of several names

seq 20000 > a
split -l 3000 a l.
cat l.* | cmp - a
split -b 10k -d a b.
cat b.* | cmp - a
split -n 5 --additional-suffix=.part a n.
split -n r/3 a r.
split -l 5000 --filter='gzip -n > $FILE.gz' a z.
gzip -dc z.*.gz | cmp - a
truncate -s 1000 l.aa
truncate -s 1M l.ab
truncate -s +500 l.ac
truncate -s -500 l.ad
truncate -s %4096 l.ae
truncate -s '<100' l.af
truncate -r l.aa l.ag
truncate -s 0 new n.*.part
truncate -c -s 0 missing
: > b.00
stat -c '%n %s' *
