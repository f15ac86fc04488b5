// The manifest.json of a payload.
#include "run_file.h"
#include "source/manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto manifest =
      costream::ParseManifest({reinterpret_cast<const char*>(data), size}, "x.tar.gz:manifest.json");
  costream::RequireBlame(manifest.status());
  if (manifest.ok() && manifest->start_micros) {
    costream::Require(manifest->end_micros && *manifest->start_micros < *manifest->end_micros,
                      "a manifest covers nothing");
  }
  return 0;
}
