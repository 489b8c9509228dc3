# Everything a newcomer needs in one word each; CMake does the work.
BUILD ?= build
PACKAGES = build-essential cmake ninja-build pkg-config libpng-dev libturbojpeg0-dev libarchive-dev libjansson-dev zlib1g-dev libcairo2-dev \
           libavcodec-dev libavutil-dev libavformat-dev libswscale-dev libavdevice-dev
TEST_PACKAGES = libcmocka-dev locales python3 python3-numpy python3-pil ffmpeg clang libclang-rt-14-dev
# Where fer_models.py, the models in PyTorch, lies: the peer of `make bench`
ORACLE ?= ../shared/oracle

.PHONY: all demo test install bench clean packages test-packages

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

$(BUILD)/build.ninja:
	cmake -G Ninja -B $(BUILD) $(CMAKE_FLAGS)

# Install what is missing, build, and tell the expression of a face in a real photograph.
demo: packages all
	@$(BUILD)/fer predict --format text examples/astronaut.jpg

test: packages test-packages
	sh tests/run.sh

# Ratios against ONNX Runtime and PyTorch on this machine, as far as they are installed: docs/performance.md.
bench: all
	python3 bench/compare.py --fer $(BUILD)/fer --oracle $(ORACLE)

packages:
	@sh cmake/install-packages.sh $(PACKAGES)

test-packages:
	@sh cmake/install-packages.sh $(TEST_PACKAGES)

install: all
	cmake --install $(BUILD)

clean:
	rm -rf $(BUILD)
