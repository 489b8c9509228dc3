#!/bin/sh
# All tests: the release build under gcc, the sanitizers under clang, the build without vector kernels, the fuzzers for a short while.
# What needs PyTorch or the data beside the repository says so and is left out without them.
set -e
cd "$(dirname "$0")/.."
oracle=${FER_ORACLE:-../shared/oracle}
failed=0

step() {
    echo "== $1"
    shift
    "$@" || { echo "FAILED: $*"; failed=1; }
}

build() { # directory, flags ...
    build_target all "$@"
}

build_target() { # target, directory, flags ...
    target=$1
    dir=$2
    shift 2
    cmake -G Ninja -B "$dir" -DFER_TESTS=ON "$@" >"$dir.log" 2>&1 || { cat "$dir.log"; return 1; }
    ninja -C "$dir" "$target" >"$dir.log" 2>&1 || { cat "$dir.log"; return 1; }
}

step "include order" sh tests/arch/check_rooms.sh
step "build (gcc, warnings are errors)" build build-test -DFER_WERROR=ON
step "tests" ctest --test-dir build-test --output-on-failure -j2

step "build (plain C kernels only)" build build-plain -DFER_SIMD=OFF
step "tests without vector kernels" env FER_PARITY=cct-7_112 ctest --test-dir build-plain --output-on-failure -j2 -E 'api_|cli_|install|test_train_resume|test_va_combinations|film'

step "build (clang, address and undefined-behaviour sanitizers)" \
    build build-san -DCMAKE_C_COMPILER=clang -DFER_SANITIZE=address,undefined -DFER_WERROR=ON
step "tests under the sanitizers" env FER_PARITY=cct-7_112 ctest --test-dir build-san --output-on-failure -j2

step "build (fuzzers)" build_target fuzzers build-fuzz -DCMAKE_C_COMPILER=clang -DFER_FUZZ=ON -DFER_TESTS=OFF -DFER_SANITIZE=address,undefined
step "fuzzers" sh fuzz/run.sh "${FER_FUZZ_SECONDS:-5}" build-fuzz

if [ -d "$oracle" ] && /usr/bin/python3 -c 'import torch' 2>/dev/null; then
    step "weights to PyTorch and back" /usr/bin/python3 tests/oracle/interchange.py build-test/fer "$oracle"
    if /usr/bin/python3 -c 'import torchvision' 2>/dev/null; then
        step "a backbone from torchvision" /usr/bin/python3 tests/oracle/vgg_init.py build-test/fer "$oracle"
    else
        echo "== a backbone from torchvision: left out (needs python3-torchvision)"
    fi
else
    echo "== weights to PyTorch and back: left out (needs python3-torch and the oracle)"
fi

validation=${FER_VALIDATION:-../shared/data/ferplus/FER2013Valid.tar}
training=${FER_TRAINING:-../shared/data/ferplus/FER2013Train.tar}
if [ -f "$validation" ]; then
    if [ -f "$training" ] && /usr/bin/python3 -c 'import numpy, PIL' 2>/dev/null; then
        step "every layout, whole and damaged" /usr/bin/python3 tests/data/layouts.py build-test/fer "$training" "$validation"
    else
        echo "== every layout, whole and damaged: left out (needs FER+'s training split, python3-numpy and python3-pil)"
    fi
    step "the shipped weights' claims" sh tests/shipped.sh build-test/fer "$validation" "${FER_FACES_VAL:-../shared/data/faces/val.tar}"
else
    echo "== the shipped weights' claims: left out (needs FER+'s validation split)"
fi

[ $failed -eq 0 ] && echo "all passed" || echo "some failed"
exit $failed
