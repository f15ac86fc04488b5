#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "base/error.h"
#include "calls.h"
#include "costream/aggregate.h"
#include "errors.h"
#include "interrupt.h"
#include "model/report.h"
#include "report_streams.h"
#include "streams.h"

namespace costream {
namespace {

namespace nb = nanobind;

// Of a Python dict whose keys are the names of the members.
AggregateOptions OptionsOf(const nb::dict& given) {
  AggregateOptions options;
  const auto take = [&](const char* name, auto* to) {
    if (!given.contains(name) || given[name].is_none()) return;
    *to = nb::cast<std::remove_reference_t<decltype(*to)>>(given[name]);
  };
  take("source", &options.source);
  take("month", &options.month);
  take("start", &options.start);
  take("end", &options.end);
  take("reference", &options.reference_file);
  take("cluster_id", &options.cluster_id);
  take("cluster_alias", &options.cluster_alias);
  take("report_period_id", &options.report_period_id);
  take("pod_rows", &options.pod_rows);
  take("storage_rows", &options.storage_rows);
  take("unallocated_rows", &options.unallocated_rows);
  take("chunk_size", &options.chunk_size);
  take("threads", &options.threads);
  take("memory_limit_bytes", &options.memory_limit_bytes);
  return options;
}

// Returns the rows as a capsule.
nb::object AggregateReports(const nb::list& reports, const nb::dict& given, bool streaming) {
  AggregateOptions options = OptionsOf(given);
  Feed feed;
  const std::vector<ReportStream> streams = StreamsOf(reports, &feed);
  std::shared_ptr<arrow::Table> rows;
  const auto work = [&](const Cancelled& cancelled) -> arrow::Status {
    options.cancelled = cancelled;
    if (streaming) return AggregateStreaming(streams, options).Value(&rows);
    std::vector<ReportTable> tables;
    for (const ReportStream& stream : streams) {
      ARROW_ASSIGN_OR_RAISE(auto table, stream.reader->ToTable());
      tables.push_back({stream.report, stream.daily, std::move(table)});
    }
    return Aggregate(tables, options).Value(&rows);
  };
  RunOnOwnThread(work, {}, &feed);
  return StreamOf(rows);
}

// By name of the report: its columns of text, and of numbers.
nb::dict ReportColumns() {
  nb::dict reports;
  for (const ReportKind kind : kAllReports) {
    std::vector<std::string> texts, measures;
    for (const auto& column : SpecOf(kind).text) texts.emplace_back(column.name);
    for (const auto& column : SpecOf(kind).measures) measures.emplace_back(column.name);
    reports[nb::cast(std::string(SpecOf(kind).name))] = nb::make_tuple(texts, measures);
  }
  return reports;
}

}  // namespace

void AddTableCalls(nb::module_& module) {
  module.def(
      "aggregate", AggregateReports, nb::arg("reports"), nb::arg("options"), nb::arg("streaming"),
      nb::sig("def aggregate(reports: list[tuple[str, bool, object]], options: dict[str, object], streaming: "
              "bool) -> object"));
  module.def("report_columns", ReportColumns,
             nb::sig("def report_columns() -> dict[str, tuple[list[str], list[str]]]"));
}

}  // namespace costream
