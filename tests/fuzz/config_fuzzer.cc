// A config file, and its settings applied.
#include "config/effective.h"
#include "run_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace costream;
  const auto file = ParseConfigFile({reinterpret_cast<const char*>(data), size}, "x.yaml");
  RequireBlame(file.status());
  if (!file.ok()) return 0;
  RunOptions options;
  LoggingSettings logging;
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    return name == "SET" ? std::optional<std::string>("7") : std::nullopt;
  };
  RequireBlame(ApplySettings(&*file, environment, {}, &options, &logging).status());
  return 0;
}
