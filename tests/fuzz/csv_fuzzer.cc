// A CSV report to summary rows.
#include "run_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  costream::RequireRows(
      costream::WriteFile("x.csv", std::string_view(reinterpret_cast<const char*>(data), size)));
  return 0;
}
