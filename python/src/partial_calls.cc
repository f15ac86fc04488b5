#include <arrow/buffer.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "calls.h"
#include "closing_table.h"
#include "flags.h"
#include "interrupt.h"
#include "job/partial.h"
#include "run_command.h"
#include "sink/table_sink.h"
#include "source/postgres_target.h"
#include "streams.h"

namespace costream {
namespace {

namespace nb = nanobind;

nb::bytes BytesOf(const PartialBytes& bytes) {
  return nb::bytes(bytes->data(), static_cast<size_t>(bytes->size()));
}

nb::bytes Make(const Arguments& arguments, int part, int parts) {
  PartialBytes bytes;
  RunWithFlags(arguments, FinishFlags,
               [&](const RunFlags* flags) { return MakePartial(flags->options, part, parts).Value(&bytes); });
  return BytesOf(bytes);
}

nb::bytes Merge(const std::vector<nb::bytes>& partials) {
  const auto buffers = BuffersOf(partials);
  PartialBytes bytes;
  RunOnOwnThread([&](const Cancelled&) { return MergePartials(buffers).Value(&bytes); });
  return BytesOf(bytes);
}

// The closing report and, where no target is named, the rows as a capsule.
nb::tuple Finalize(const Arguments& arguments, const std::vector<nb::bytes>& partials) {
  const auto buffers = BuffersOf(partials);
  std::string report;
  std::shared_ptr<arrow::Table> rows;
  const auto work = [&](RunFlags* flags) -> arrow::Status {
    RunOptions& options = flags->options;
    const std::string target = ShownTarget(options.target);
    RunResult result;
    if (options.target.empty()) {
      TableSink sink;
      ARROW_ASSIGN_OR_RAISE(result, FinalizePartials(options, buffers, &sink));
      ARROW_ASSIGN_OR_RAISE(rows, sink.Finish());
    } else {
      ARROW_ASSIGN_OR_RAISE(const auto sink, SinkOf(options));
      ARROW_ASSIGN_OR_RAISE(result, FinalizePartials(options, buffers, sink.get()));
    }
    report = ClosingJson(result, target);
    return arrow::Status::OK();
  };
  RunWithFlags(arguments, FinishFlagsWithoutInput, work);
  return nb::make_tuple(report, rows ? StreamOf(rows) : nb::none());
}

}  // namespace

std::vector<PartialBytes> BuffersOf(const std::vector<nb::bytes>& partials) {
  std::vector<PartialBytes> buffers;
  for (const nb::bytes& bytes : partials) {
    buffers.push_back(
        std::make_shared<arrow::Buffer>(static_cast<const uint8_t*>(bytes.data()), std::ssize(bytes)));
  }
  return buffers;
}

void AddPartialCalls(nb::module_& module) {
  module.def("partial", Make, nb::arg("arguments"), nb::arg("part"), nb::arg("parts"));
  module.def("merge", Merge, nb::arg("partials"));
  module.def("finalize", Finalize, nb::arg("arguments"), nb::arg("partials"));
}

}  // namespace costream
