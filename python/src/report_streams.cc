#include "report_streams.h"

#include <nanobind/stl/string.h>

#include "base/error.h"
#include "errors.h"
#include "model/report.h"
#include "streams.h"

namespace costream {
namespace {

Report ReportOf(const std::string& name) {
  for (const ReportKind kind : kAllReports) {
    if (SpecOf(kind).name == name) return static_cast<Report>(kind);
  }
  Raise(UsageError("{}: is no report", name));
}

}  // namespace

std::vector<ReportStream> StreamsOf(const nanobind::list& reports, Feed* feed) {
  std::vector<ReportStream> streams;
  for (const nanobind::handle report : reports) {
    const auto parts = nanobind::borrow<nanobind::tuple>(report);
    streams.push_back({ReportOf(nanobind::cast<std::string>(parts[0])), nanobind::cast<bool>(parts[1]),
                       feed->Add(ReaderOf(parts[2]))});
  }
  return streams;
}

}  // namespace costream
