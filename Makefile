# Everything a newcomer needs in one word each; CMake does the work.
BUILD ?= build
PACKAGES = build-essential cmake ninja-build pkg-config libpng-dev libturbojpeg0-dev libarchive-dev libjansson-dev libcairo2-dev
TEST_PACKAGES = libcmocka-dev python3 clang libclang-rt-14-dev
# A photograph by NASA (public domain) that Debian's python3-skimage ships
FACE_PACKAGE = python3-skimage
ASTRONAUT = /usr/lib/python3/dist-packages/skimage/data/astronaut.png

.PHONY: all demo test install bench clean packages test-packages

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

$(BUILD)/build.ninja:
	cmake -G Ninja -B $(BUILD) $(CMAKE_FLAGS)

# Install what is missing, build, and tell the expression of a face in a real photograph.
demo: packages all
	@$(BUILD)/fer predict --format text examples/astronaut-face.png

test: packages test-packages
	sh tests/run.sh

# Ratios against PyTorch on this machine (needs python3-torch and the oracle).
bench: all
	sh bench/compare.sh $(BUILD)

packages:
	@sh cmake/install-packages.sh $(PACKAGES)

test-packages:
	@sh cmake/install-packages.sh $(TEST_PACKAGES)

install: all
	cmake --install $(BUILD)

clean:
	rm -rf $(BUILD)
