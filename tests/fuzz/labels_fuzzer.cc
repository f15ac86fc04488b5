// The text of a label cell, of either spelling. What is printed of it is JSON, and reads as the same labels.
#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "model/labels.h"
#include "run_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace costream;
  const auto parsed = ParseLabels({reinterpret_cast<const char*>(data), size}, LabelFilter());
  RequireBlame(parsed.status());
  if (!parsed.ok()) return 0;
  const std::string json = LabelJson(parsed->set);
  Require(IsCleanUtf8(json), "no clean text: " + json);
  Require(nlohmann::json::parse(json, nullptr, false).is_object(), "no JSON object: " + json);
  const auto again = ParseLabels(json, LabelFilter());
  Require(again.ok() && again->set == parsed->set && !again->repaired, "other labels: " + json);
  return 0;
}
