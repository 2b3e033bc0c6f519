# SPDX-License-Identifier: MIT
# about: dd conv=notrunc, seek, skip, fsync, excl, nocreat, append and sparse

seq 20000 > a
printf XYZ | dd of=a bs=1 seek=1000 conv=notrunc status=none
dd if=a of=a bs=512 skip=4 seek=2 count=3 conv=notrunc status=none
dd if=a of=b bs=4k seek=3 status=none
dd if=a of=b bs=4k seek=1 count=1 status=none
printf x | dd of=c oflag=append conv=notrunc status=none
printf y | dd of=c oflag=append conv=notrunc status=none
dd if=a of=c conv=excl 2> /dev/null || echo refused
dd if=a of=missing conv=nocreat 2> /dev/null || echo refused
dd if=/dev/zero of=holes bs=64k count=8 conv=sparse status=none
dd if=a of=e bs=100 conv=fsync,sync status=none
dd if=a of=f bs=64k oflag=sync conv=fdatasync status=none
dd of=a bs=1 seek=500 count=0 status=none
dd if=/dev/null of=b bs=1 seek=100000 status=none
stat -c '%n %s' *
