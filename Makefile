# Everything a newcomer needs in one word each; CMake does the work.
BUILD ?= build
# What the library and the command need, and what they can do without (docs/dependencies.md).
CORE_PACKAGES = gcc libc6-dev cmake ninja-build pkg-config libpng-dev libturbojpeg0-dev libarchive-dev libjansson-dev zlib1g-dev
PACKAGES = $(CORE_PACKAGES) libcairo2-dev libavcodec-dev libavutil-dev libavformat-dev libswscale-dev libavdevice-dev \
           'libtiff-dev?' 'libwebp-dev?' 'libheif-dev?' 'libjxl-dev?' 'liblcms2-dev?' 'libmicrohttpd-dev?'
# The compiler for WebAssembly, which `make wasm` needs
WASM_PACKAGES = emscripten cmake ninja-build
TEST_PACKAGES = g++ libcmocka-dev locales python3 python3-numpy python3-pil ffmpeg 'clang-format-14?' 'mandoc?' 'zsh?' 'libopenmpi-dev?' 'openmpi-bin?'
# The sanitizers' clang
TEST_ALL_PACKAGES = clang 'libclang-rt-dev|libclang-rt-14-dev'
# Where fer_models.py, the models in PyTorch, lies: the peer of `make bench`
ORACLE ?= ../shared/oracle

.PHONY: all configure demo test test-all wheel wasm page python-test install bench fuzz clean core-packages packages \
        test-packages test-all-packages wasm-packages

all: configure
	ninja -C $(BUILD)

# Anew each time, since libraries may have been installed in between.
configure:
	@cmake -G Ninja -B $(BUILD) $(CMAKE_FLAGS) >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }
	@grep 'Without optional libraries' $(BUILD).log || true

# Install what is missing of the little that the core needs, build, and predict the expression of a face in a real
# photograph. `make packages all` adds what reads films and draws.
demo: core-packages all
	@$(BUILD)/fer predict --format text examples/astronaut.jpg

# What a change is tested with before it is handed in, a few minutes: docs/testing.md.
test: packages test-packages
	sh tests/run.sh quick

# The same and everything that takes longer.
test-all: packages test-packages test-all-packages
	sh tests/run.sh quick long

# The Python package as one file for pip, in $(BUILD): docs/python.md.
wheel: packages all
	ninja -C $(BUILD) wheel

# The package for browsers and Node, in build-wasm/libfer: docs/web.md.
wasm: wasm-packages
	[ -f build-wasm/build.ninja ] || emcmake cmake -G Ninja -B build-wasm
	ninja -C build-wasm

# The page as a folder for any static host, in build-wasm/page: docs/page.md.
page: wasm
	rm -rf build-wasm/page
	cp -R web/page build-wasm/page
	mkdir build-wasm/page/libfer
	cd build-wasm/libfer && cp *.js *.wasm *.safetensors ../page/libfer

# The tests of the Python package, with the wheel. FER_PYTHON_CALLS=100000 makes the test for leaks long.
python-test: wheel
	sh tests/python/run.sh $(BUILD)

# What a complete Debian package is made with, beside PACKAGES
DEB_PACKAGES = dpkg-dev libsdl2-dev libtiff-dev libwebp-dev libheif-dev libjxl-dev liblcms2-dev libmicrohttpd-dev
.PHONY: docs deb docs-packages deb-packages

# The API reference, build/docs/html/index.html.
docs: core-packages docs-packages configure
	ninja -C $(BUILD) docs

# Debian packages in build-deb: docs/packages.md. DEB_FLAGS=-DFER_ALL=OFF builds without the libraries that are missing.
DEB_FLAGS ?= -DFER_ALL=ON
deb: packages deb-packages
	cmake -G Ninja -B build-deb -DFER_DEB=ON -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_SKIP_INSTALL_RPATH=ON $(DEB_FLAGS)
	ninja -C build-deb fer fer_cli manual
	cd build-deb && cpack -G DEB

# Every fuzzer for MINUTES, on all of fuzz/corpus: docs/testing.md.
MINUTES ?= 1
fuzz: packages test-all-packages
	cmake -G Ninja -B build-fuzz -DCMAKE_C_COMPILER=clang -DFER_FUZZ=ON -DFER_SANITIZE=address,undefined
	ninja -C build-fuzz fuzzers
	sh fuzz/run.sh $$(($(MINUTES) * 60)) build-fuzz

# Ratios against ONNX Runtime and PyTorch on this machine, as far as they are installed: docs/performance.md.
bench: all
	python3 bench/compare.py --fer $(BUILD)/fer --oracle $(ORACLE)

core-packages:
	@sh cmake/install-packages.sh $(CORE_PACKAGES)

packages:
	@sh cmake/install-packages.sh $(PACKAGES)

test-packages:
	@sh cmake/install-packages.sh $(TEST_PACKAGES)

test-all-packages:
	@sh cmake/install-packages.sh $(TEST_ALL_PACKAGES)

docs-packages:
	@sh cmake/install-packages.sh doxygen

deb-packages:
	@sh cmake/install-packages.sh $(DEB_PACKAGES)

wasm-packages:
	@sh cmake/install-packages.sh $(WASM_PACKAGES)

install: all
	cmake --install $(BUILD)

clean:
	rm -rf $(BUILD)
