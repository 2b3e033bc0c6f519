# SPDX-License-Identifier: MIT
# about: make -j2 of a real project, then again after touch, and after make clean
# needs: cc ar make
# timeout: 300

mkdir src
cp -R "$SOURCE"/src/base "$SOURCE"/src/core src/
cp -R "$SOURCE"/include .
cat > Makefile << 'EOF'
CFLAGS = -O0 -std=gnu17 -D_GNU_SOURCE -Isrc -Iinclude -MMD -fPIC
BASE = $(patsubst %.c,%.o,$(sort $(wildcard src/base/*.c)))
CORE = src/core/options/rules.o src/core/options/option.o src/core/marks/mark.o
libproject.so: base.a $(CORE)
	$(CC) -shared -o $@ $(CORE) base.a
base.a: $(BASE)
	$(RM) $@
	$(AR) rcs $@ $^
clean:
	$(RM) base.a libproject.so $(BASE) $(CORE)
-include $(wildcard src/*/*.d src/*/*/*.d)
EOF
make -s -j2
make
touch src/base/util.h
make -j2 -s --no-print-directory
make clean | sort
make -j2 > make.out
sort make.out | wc -l
nm -D libproject.so | awk '{ print $NF }' | sort > symbols
wc -l < symbols
make -j2 -q && echo up to date
rm make.out
