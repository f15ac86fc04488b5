#!/bin/bash -eu
# Builds the targets as OSS-Fuzz does: by $CXX and $CXXFLAGS with $LIB_FUZZING_ENGINE, into $OUT, with their seeds and
# dictionaries. tools/bootstrap.sh installs what it needs.
cd "$(dirname "$0")/../.."

cmake -S . -B "${WORK:-build}/oss-fuzz" -G Ninja -DCOSTREAM_FUZZ=ON -DCOSTREAM_TESTS=OFF -DCMAKE_BUILD_TYPE=Debug
for source in tests/fuzz/*_fuzzer.cc; do
  target=$(basename "$source" .cc) of=$(basename "$source" _fuzzer.cc)
  cmake --build "${WORK:-build}/oss-fuzz" --target "$target"
  cp "${WORK:-build}/oss-fuzz/$target" "$OUT/"
  corpus=("tests/fuzz/seeds/$of"/*)
  [ ! -d "tests/fuzz/findings/$of" ] || corpus+=("tests/fuzz/findings/$of"/*)
  python3 -m zipfile -c "$OUT/${target}_seed_corpus.zip" "${corpus[@]}"
  [ ! -e "tests/fuzz/$of.dict" ] || cp "tests/fuzz/$of.dict" "$OUT/$target.dict"
done
