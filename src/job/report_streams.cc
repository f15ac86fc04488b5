#include "job/report_streams.h"

#include "base/error.h"
#include "decode/arrow_reader.h"

namespace costream {
namespace {

constexpr ReportKind KindOf(Report report) { return static_cast<ReportKind>(static_cast<int>(report)); }
static_assert(KindOf(Report::kNamespaceLabels) == ReportKind::kNamespaceLabels);

}  // namespace

arrow::Result<std::vector<StreamInput>> StreamInputsOf(const std::vector<ReportStream>& reports) {
  std::vector<StreamInput> inputs;
  for (const ReportStream& report : reports) {
    if (!report.reader) return UsageError("a report has no reader");
    const ReportKind kind = KindOf(report.report);
    const Granularity granularity = report.daily ? Granularity::kDaily : Granularity::kHourly;
    inputs.push_back(
        {kind, granularity, [reader = report.reader, kind, granularity](const DecodeOptions& decode) {
           return OpenArrow(reader, kind, granularity, decode);
         }});
  }
  return inputs;
}

}  // namespace costream
