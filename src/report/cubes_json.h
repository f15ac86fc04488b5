// The sums of a month as the JSON that the page draws. docs/report.md has its shape.
#pragma once

#include <arrow/result.h>

#include <map>
#include <string>
#include <vector>

#include "report/cubes.h"

namespace costream {

// What the closing report of a run (`costream run --output json`) tells that its rows do not: by source, the
// text of a JSON object.
using RunFacts = std::map<std::string, std::string>;

// Input error for a file that cannot be read or is no closing report.
arrow::Result<RunFacts> ReadRunFacts(const std::vector<std::string>& files);

// `summaries`: their names, as they may be shown.
std::string CubesJson(const ReportCubes& cubes, const std::vector<std::string>& summaries,
                      const RunFacts& facts);

}  // namespace costream
