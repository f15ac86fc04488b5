#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <array>

#include "base/error.h"
#include "calls.h"
#include "interrupt.h"
#include "summary/diff_report.h"

namespace costream {
namespace {

namespace nb = nanobind;
using OptionalText = std::optional<std::string>;

// The differences as JSON.
std::string Diff(const std::string& a, const std::string& b, double tolerance,
                 const std::vector<std::string>& ignore, size_t limit, const OptionalText& source,
                 const OptionalText& start, const OptionalText& end) {
  std::string report;
  RunOnOwnThread([&](const Cancelled&) -> arrow::Status {
    DiffOptions options;
    options.relative_tolerance = tolerance;
    options.ignored = ignore;
    options.limit = limit;
    options.source = source;
    if (start && !(options.first_day = ParseDay(*start))) {
      return UsageError("start {}: write it like 2025-11-01", *start);
    }
    if (end && !(options.last_day = ParseDay(*end))) {
      return UsageError("end {}: write it like 2025-11-30", *end);
    }
    const SummaryNames names = {a, b};
    std::array<std::unique_ptr<SummaryReader>, 2> readers;
    for (const int side : {0, 1}) {
      ARROW_ASSIGN_OR_RAISE(readers[side], OpenSummary(names[side]));
    }
    ARROW_ASSIGN_OR_RAISE(const SummaryDiff diff,
                          CompareSummaries(readers[0].get(), readers[1].get(), options));
    report = DiffJson(diff, names);
    return arrow::Status::OK();
  });
  return report;
}

}  // namespace

void AddSummaryCalls(nb::module_& module) {
  module.def("diff", Diff, nb::arg("a"), nb::arg("b"), nb::arg("tolerance"), nb::arg("ignore"),
             nb::arg("limit"), nb::arg("source").none(), nb::arg("start").none(), nb::arg("end").none());
}

}  // namespace costream
