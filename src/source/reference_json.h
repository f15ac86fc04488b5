// Reference data from a JSON file (docs/semantics.md); all parts are optional.
#pragma once

#include <arrow/result.h>

#include <string>

#include "model/reference.h"

namespace costream {

// Usage error that names the file and the key where something cannot be used.
arrow::Result<ReferenceData> ReadReferenceJson(const std::string& path);

// The same as the text of such a file.
std::string ReferenceText(const ReferenceData& data);

}  // namespace costream
