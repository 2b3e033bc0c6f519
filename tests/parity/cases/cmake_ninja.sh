# SPDX-License-Identifier: MIT
# about: cmake and ninja configure and build, and find nothing to do the second time
# needs: cc cmake ninja
# volatile: b/.ninja_* b/CMakeFiles/* b/Testing/* b/CMakeCache.txt
# timeout: 300

mkdir p
cp "$SOURCE"/src/base/*.[ch] p/
cat > CMakeLists.txt <<- 'EOF'
	cmake_minimum_required(VERSION 3.20)
	project(parity C)
	file(GLOB sources p/*.c)
	add_library(parity STATIC ${sources})
	target_include_directories(parity PRIVATE inc)
	target_compile_definitions(parity PRIVATE _GNU_SOURCE)
EOF
mkdir inc
ln -s ../p inc/base
cmake -S . -B b -G Ninja -DCMAKE_BUILD_TYPE=Debug > log 2>&1 || cat log
rm log
ninja -C b -j2 > log || cat log
grep -c Building log
ninja -C b
touch p/util.h
ninja -C b -j2 > log
grep -c Building log
ninja -C b -t clean | tail -n 1
ninja -C b -j2 > log
rm log
ar t b/libparity.a | sort
# Names of temporary directories are not the same twice.
rm -rf b/CMakeFiles
