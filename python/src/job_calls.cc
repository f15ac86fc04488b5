#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <CLI/CLI.hpp>
#include <mutex>

#include "base/error.h"
#include "calls.h"
#include "closing_table.h"
#include "explain_report.h"
#include "flags.h"
#include "interrupt.h"
#include "job/pipeline.h"
#include "job/report_streams.h"
#include "plan_report.h"
#include "report_streams.h"
#include "run_command.h"
#include "sink/table_sink.h"
#include "source/postgres_target.h"
#include "streams.h"

namespace costream {
namespace {

namespace nb = nanobind;

// The newest progress, for whoever looks now and then.
class LatestProgress {
 public:
  void Set(const Progress& progress) {
    const std::lock_guard lock(mutex_);
    latest_ = progress;
  }
  std::optional<Progress> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(latest_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::optional<Progress> latest_;
};

// Runs the job. Returns the closing report as JSON and, where no target is named, the rows as a capsule.
// `on_progress` (None: nobody looks) takes bytes done, bytes in all, rows and resident bytes. `reports` (as
// StreamsOf takes them; None: the arguments name files) are the input.
nb::tuple RunJob(const Arguments& arguments, const nb::object& on_progress,
                 const std::optional<nb::list>& reports) {
  Feed feed;
  std::vector<ReportStream> streams;
  if (reports) streams = StreamsOf(*reports, &feed);
  LatestProgress latest;
  std::string report;
  std::shared_ptr<arrow::Table> rows;
  const auto run = [&](RunFlags* flags) -> arrow::Status {
    RunOptions& options = flags->options;
    ARROW_ASSIGN_OR_RAISE(const auto inputs, StreamInputsOf(streams));
    const auto run_into = [&](Sink* sink) {
      return reports ? RunStreams(options, inputs, sink) : RunInto(options, sink);
    };
    options.on_progress = [&](const Progress& progress) { latest.Set(progress); };
    const std::string target = ShownTarget(options.target);
    RunResult result;
    if (options.target.empty()) {
      TableSink sink;
      ARROW_ASSIGN_OR_RAISE(result, run_into(&sink));
      ARROW_ASSIGN_OR_RAISE(rows, sink.Finish());
    } else {
      ARROW_ASSIGN_OR_RAISE(const auto sink, SinkOf(options));
      ARROW_ASSIGN_OR_RAISE(result, run_into(sink.get()));
    }
    report = ClosingJson(result, target);
    return arrow::Status::OK();
  };
  const auto tell = [&] {
    if (const auto progress = latest.Take()) {
      on_progress(progress->bytes_done, progress->bytes_total, progress->rows, progress->resident_bytes);
    }
  };
  RunWithFlags(arguments, reports ? FinishFlagsOfStreams : FinishFlags, run,
               on_progress.is_none() ? std::function<void()>() : tell, reports ? &feed : nullptr);
  if (!on_progress.is_none()) tell();
  return nb::make_tuple(report, rows ? StreamOf(rows) : nb::none());
}

std::string PlanJob(const Arguments& arguments) {
  std::string report;
  RunOnOwnThread([&](const Cancelled& cancelled) -> arrow::Status {
    CLI::App app("", "costream.plan");
    JobFlags flags;
    flags.logging.level = "error";
    AddInputFlags(&app, &flags);
    AddSourceFlag(&app, &flags);
    AddDayFlags(&app, &flags);
    AddTargetFlags(&app, &flags);
    ARROW_RETURN_NOT_OK(ParseFlags(&app, arguments));
    ARROW_RETURN_NOT_OK(FinishFlags(cancelled, &flags));
    ARROW_ASSIGN_OR_RAISE(const Preview preview, PreviewRun(flags.options));
    report = PlanJson(preview, ShownTarget(flags.options.target));
    return arrow::Status::OK();
  });
  return report;
}

std::string ExplainJob(const Arguments& arguments, const std::string& day,
                       const std::optional<std::string>& node, const std::optional<std::string>& name_space) {
  std::string report;
  RunOnOwnThread([&](const Cancelled& cancelled) -> arrow::Status {
    CLI::App app("", "costream.explain");
    JobFlags flags;
    flags.logging.level = "error";
    AddInputFlags(&app, &flags);
    AddSourceFlag(&app, &flags);
    ARROW_RETURN_NOT_OK(ParseFlags(&app, arguments));
    ARROW_RETURN_NOT_OK(FinishFlags(cancelled, &flags));
    const auto of_day = ParseDay(day);
    if (!of_day) return UsageError("day {}: write it like 2025-11-01", day);
    const ExplainQuestion question{*of_day, node, name_space};
    ARROW_ASSIGN_OR_RAISE(const Explanation explanation, Explain(flags.options, question));
    if (!explanation.AddsUp()) {
      return MakeError(ErrorKind::kInternal, "the sums of the inputs are not those of the rows");
    }
    report = ExplainJson(explanation, question);
    return arrow::Status::OK();
  });
  return report;
}

}  // namespace

void AddJobCalls(nb::module_& module) {
  module.def(
      "run", RunJob, nb::arg("arguments"), nb::arg("on_progress").none(), nb::arg("reports") = nb::none(),
      nb::sig("def run(arguments: list[str], on_progress: Callable[[int, int, int, int], None] | None, "
              "reports: list[tuple[str, bool, object]] | None = None) -> tuple[str, "
              "object]"));
  module.def("plan", PlanJob, nb::arg("arguments"));
  module.def("explain", ExplainJob, nb::arg("arguments"), nb::arg("day"), nb::arg("node").none(),
             nb::arg("name_space").none());
}

}  // namespace costream
