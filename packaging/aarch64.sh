#!/bin/sh
# sh packaging/aarch64.sh [BUILD]: cross-build the library and the command for 64-bit ARM without the optional libraries.
# Then run the kernels' tests and one prediction under QEMU. Takes minutes, so it is no part of `make test`.
# It needs Debian's packages for that processor, which a chroot (packaging/chroot.sh) keeps apart; `install` as the first
# argument installs them:
#     sudo sh packaging/chroot.sh /var/tmp/chroots trixie 'sh packaging/aarch64.sh install && sh packaging/aarch64.sh'
set -eu
cd "$(dirname "$0")/.."
if [ "${1:-}" = install ]; then
    dpkg --add-architecture arm64
    apt-get -q update
    apt-get -q install -y --no-install-recommends cmake ninja-build pkg-config gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user \
        libpng-dev:arm64 libturbojpeg0-dev:arm64 libarchive-dev:arm64 libjansson-dev:arm64 zlib1g-dev:arm64 libcmocka-dev:arm64
    exit
fi
build=${1:-build-aarch64}
for tool in aarch64-linux-gnu-gcc qemu-aarch64; do
    command -v "$tool" >/dev/null || { echo "aarch64.sh: needs $tool: sh packaging/aarch64.sh install" >&2; exit 2; }
done
tests=$(for test in tests/kernels/test_*.c; do basename "$test" .c; done)
cmake -G Ninja -B "$build" -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64.cmake -DFER_TESTS=ON -DFER_WERROR=ON
# shellcheck disable=SC2086
ninja -C "$build" fer fer_cli $tests
ctest --test-dir "$build" --output-on-failure -R "^($(echo $tests | tr ' ' '|'))\$"
line=$(qemu-aarch64 "$build/fer" predict --format text examples/astronaut.jpg)
echo "$line"
case $line in
*' happiness 100.0 %'*) echo "ok   the library, the command and $(echo $tests | wc -w) test programs on $(qemu-aarch64 --version | head -n 1)" ;;
*) echo "FAIL another prediction" && exit 1 ;;
esac
