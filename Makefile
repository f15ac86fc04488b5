# make         release build: build/release/costream
# make demo    generate a small cluster month, run it, show the table, write the page
# make test    everything that CI checks
# make torture   what takes hours: SEEDS=10000 FUZZ_SECONDS=600 SUITES=equivalence,fuzz,asan,tsan,faults (docs/testing.md)
# make coverage  lines and branches of src/ that tests execute: build/coverage-report/index.html
# make lint    format, include direction, clang-tidy
# make bench   measure beside other tools: ROWS=2M,10M WORKS=A,B LABELS=dictionary,plain PEERS=costream,duckdb,scan RUNS=3
#              THREADS=2 SEED=1 OUT=docs/benchmarks MERGE=1 (benchmarks/README.md)
# make bench-csv  .csv.gz reports beside DuckDB's read_csv: ROWS=1M RUNS=3 THREADS=2 SEED=1
# make deb     Debian package, SBOM and checksums in build/packages
# make wheel   Python wheel that needs nothing but pyarrow, in build/dist
# make docs    the documentation as a site, in build/site
# make test-deb  install it into a clean Debian 12 and run costream demo there: minutes, as root
# make micro   micro-benchmarks: FILTER=GroupTable
.PHONY: all demo deb test-deb wheel docs test torture coverage lint bench bench-csv micro format bootstrap clean
all: bootstrap
	@cmake --preset release >build/configure.log || (cat build/configure.log; exit 1)
	@cmake --build --preset release

bootstrap:
	@tools/bootstrap.sh

demo: all
	@tools/demo.sh

deb: all
	@tools/package.sh

test-deb: deb
	@tools/test_package.sh

wheel: bootstrap
	@tools/wheel.sh

docs: all
	@tools/docs.sh

test: bootstrap
	@tools/test.sh

torture: all
	@tools/test_python.sh tests/python/test_equivalence.py
	@SEEDS=$(SEEDS) FUZZ_SECONDS=$(FUZZ_SECONDS) SUITES=$(SUITES) tools/torture.sh

coverage: bootstrap
	@tools/coverage.sh

lint: bootstrap
	@tools/lint.sh

bench: all
	@benchmarks/run.sh $(if $(ROWS),--rows $(ROWS)) $(if $(WORKS),--works $(WORKS)) $(if $(LABELS),--labels $(LABELS)) \
	  $(if $(PEERS),--peers $(PEERS)) $(if $(RUNS),--runs $(RUNS)) $(if $(THREADS),--threads $(THREADS)) \
	  $(if $(SEED),--seed $(SEED)) $(if $(OUT),--out $(OUT)) $(if $(MERGE),--merge)

bench-csv: all
	@benchmarks/run.sh csv_gz.py $(if $(ROWS),--rows $(ROWS)) $(if $(RUNS),--runs $(RUNS)) \
	  $(if $(THREADS),--threads $(THREADS)) $(if $(SEED),--seed $(SEED))

micro: all
	@cmake --build --preset release --target micro_benchmarks
	@build/release/micro_benchmarks $(if $(FILTER),--benchmark_filter=$(FILTER))

format:
	@git ls-files '*.h' '*.cc' | xargs clang-format-19 -i

clean:
	rm -rf build
