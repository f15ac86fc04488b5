// A Parquet file, of whichever report its columns are, to summary rows.
#include "run_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  costream::RequireRows(
      costream::WriteFile("x.parquet", std::string_view(reinterpret_cast<const char*>(data), size)));
  return 0;
}
