# make         release build: build/release/costream
# make demo    generate a small cluster month, run it, show the table
# make test    everything that CI checks
# make lint    format, include direction, clang-tidy
.PHONY: all demo test lint format bootstrap clean
all: bootstrap
	@cmake --preset release >build/configure.log || (cat build/configure.log; exit 1)
	@cmake --build --preset release

bootstrap:
	@tools/bootstrap.sh

demo: all
	@tools/demo.sh

test: bootstrap
	@tools/test.sh

lint: bootstrap
	@tools/lint.sh

format:
	@git ls-files '*.h' '*.cc' | xargs clang-format-19 -i

clean:
	rm -rf build
