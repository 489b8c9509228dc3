#!/bin/sh
# tests/run.sh quick|long...: the tests in two strides (docs/testing.md says what each holds). The second builds on the
# first: `quick long` builds nothing twice. Steps that need PyTorch or data next to the repository are left out without them.
cd "$(dirname "$0")/.." || exit 1
oracle=${FER_ORACLE:-../shared/oracle}
validation=${FER_VALIDATION:-../shared/data/ferplus/FER2013Valid.tar}
training=${FER_TRAINING:-../shared/data/ferplus/FER2013Train.tar}
faces=${FER_FACES_VAL:-../shared/data/faces/val.tar}
processors=$(nproc 2>/dev/null || echo 2)
report=
built=
failed=0

line() { # SECONDS RESULT NAME: of the report at the end
    report="$report$(printf '%6s  %-8s  %s' "$1" "$2" "$3")
"
}

step() { # NAME COMMAND...
    title=$1
    shift
    echo "== $title"
    begun=$(date +%s)
    result=ok
    "$@" || { echo "FAILED: $*"; result=FAILED; failed=1; }
    line "$(($(date +%s) - begun)) s" $result "$title"
}

left_out() { # NAME WHY
    echo "== $1: left out ($2)"
    line - 'left out' "$1 ($2)"
}

has_python() { /usr/bin/python3 -c "import $1" 2>/dev/null; }

build() { # TARGET DIRECTORY FLAGS...
    target=$1
    dir=$2
    shift 2
    cmake -G Ninja -B "$dir" -DFER_TESTS=ON "$@" >"$dir.log" 2>&1 || { cat "$dir.log"; return 1; }
    ninja -C "$dir" "$target" >"$dir.log" 2>&1 || { cat "$dir.log"; return 1; }
}

run_tests() { # DIRECTORY CTEST_OPTIONS...
    dir=$1
    shift
    tail -n 1 "$dir.log" | grep -q '^ninja: build stopped' && { echo "$dir was not built"; return 1; }
    ctest --test-dir "$dir" --output-on-failure -j "$processors" "$@"
}

checks() { # format, includes
    ok=0
    for check in tests/arch/check_*.sh; do sh "$check" || { echo "$check failed"; ok=1; }; done
    return $ok
}

# Where the kernel spreads addresses widely, the sanitizer of gcc 12 finds its own places taken.
threads_tests() {
    fixed=
    setarch -R true 2>/dev/null && fixed='setarch -R'
    $fixed ctest --test-dir build-tsan --output-on-failure -j "$processors" -L threads
}

release_build() {
    [ -n "$built" ] || step "build (gcc, warnings are errors)" build all build-test -DFER_WERROR=ON
    built=yes
}

quick() {
    step "format and includes" checks
    release_build
    step "quick tests" run_tests build-test
    python_tests
    web_tests
    step "build for the thread sanitizer" build threads_tests build-tsan -DFER_WERROR=ON -DFER_SANITIZE=thread
    step "threaded tests under the thread sanitizer" threads_tests
}

python_tests() {
    if command -v python3 >/dev/null; then
        step "Python wheel" ninja -C build-test wheel
        step "Python package" sh tests/python/run.sh build-test
    else
        left_out "Python package" "needs python3"
    fi
}

build_web() {
    { [ -f build-wasm/build.ninja ] || emcmake cmake -G Ninja -B build-wasm; } >build-wasm.log 2>&1 &&
        ninja -C build-wasm web_tests >>build-wasm.log 2>&1 || { cat build-wasm.log; return 1; }
}

# emscripten is several hundred megabytes, so it is not installed for this.
web_tests() {
    if ! command -v node >/dev/null || ! /usr/bin/python3 -c "import PIL" 2>/dev/null; then
        left_out "package for browsers and Node" "needs node 18 and python3-pil"
    elif command -v emcc >/dev/null; then
        step "build for WebAssembly" build_web
        step "package for browsers and Node" sh tests/web/run.sh build-wasm build-test/fer
    elif [ -f build-wasm/libfer/fer.wasm ]; then
        step "package for browsers and Node, as it was built" sh tests/web/run.sh build-wasm build-test/fer
    else
        left_out "package for browsers and Node" "needs emscripten: make wasm"
    fi
}

long() {
    release_build
    step "long tests" run_tests build-test -C long -L long

    step "build (plain C kernels only)" build kernels_tests build-plain -DFER_SIMD=OFF
    step "what computes, without vector kernels" run_tests build-plain -L kernels

    step "build (clang, address and undefined-behaviour sanitizers, with the fuzzers)" \
        build all build-san -DCMAKE_C_COMPILER=clang -DFER_SANITIZE=address,undefined -DFER_FUZZ=ON -DFER_WERROR=ON
    step "quick tests under these sanitizers" run_tests build-san -E 'test_train_resume|test_va_combinations'

    step "fuzzers" sh fuzz/run.sh "${FER_FUZZ_SECONDS:-1}" build-san

    with_pytorch
    with_data
}

with_pytorch() {
    if [ -d "$oracle" ] && has_python torch; then
        step "weights to PyTorch and back" /usr/bin/python3 tests/oracle/interchange.py build-test/fer "$oracle"
    else
        left_out "weights to PyTorch and back" "needs python3-torch and the oracle"
    fi
    if [ -d "$oracle" ] && has_python torchvision; then
        step "a backbone from torchvision" /usr/bin/python3 tests/oracle/vgg_init.py build-test/fer "$oracle"
    else
        left_out "a backbone from torchvision" "needs python3-torchvision and the oracle"
    fi
}

with_data() {
    if [ -f "$training" ] && [ -f "$validation" ] && has_python numpy,PIL; then
        step "every layout, whole and damaged" \
            /usr/bin/python3 tests/data/layouts.py build-test/fer "$training" "$validation"
    else
        left_out "every layout, whole and damaged" "needs FER+'s two splits, python3-numpy and python3-pil"
    fi
    if [ -f "$validation" ]; then
        step "the shipped weights' claims" sh tests/shipped.sh build-test/fer "$validation" "$faces"
    else
        left_out "the shipped weights' claims" "needs FER+'s validation split"
    fi
}

for stride in "$@"; do
    case $stride in
    quick | long) $stride ;;
    *) echo "usage: tests/run.sh quick|long..." >&2; exit 2 ;;
    esac
done
printf '\n%s' "$report"
case " $* " in
*" long "*) ;;
*) echo "Not tested here (make test-all): plain C kernels, address and undefined-behaviour sanitizers, fuzzers, long tests, PyTorch, data sets" ;;
esac
[ $failed -eq 0 ] && echo "all passed" || echo "some failed"
exit $failed
