#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "calls.h"
#include "convert/convert.h"
#include "convert_report.h"
#include "generate/generate.h"
#include "interrupt.h"

namespace costream {
namespace {

namespace nb = nanobind;

nb::dict MakeUp(const std::string& out, int64_t rows, uint64_t seed, bool csv, const std::string& month,
                const std::string& source, const std::string& org) {
  GenerateOptions options;
  options.out = out;
  options.rows = rows;
  options.seed = seed;
  options.format = csv ? GenerateFormat::kCsv : GenerateFormat::kParquet;
  options.month = month;
  options.source = source;
  options.org = org;
  GenerateResult result;
  RunOnOwnThread([&](const Cancelled&) { return Generate(options).Value(&result); });
  nb::dict report;
  report["hourly_pod_rows"] = result.hourly_pod_rows;
  report["daily_pod_rows"] = result.daily_pod_rows;
  report["hourly_storage_rows"] = result.hourly_storage_rows;
  report["files"] = result.files;
  report["bytes"] = result.bytes;
  return report;
}

std::string ToParquet(const std::vector<std::string>& inputs, const std::string& out, bool koku,
                      const std::string& source, const std::string& org) {
  ConvertOptions options;
  options.inputs = inputs;
  options.out = out;
  options.layout = koku ? Layout::kKoku : Layout::kFlat;
  options.source = source;
  options.org = org;
  ConvertResult result;
  RunOnOwnThread([&](const Cancelled& cancelled) {
    options.cancelled = cancelled;
    return Convert(options).Value(&result);
  });
  return ConvertJson(options, result);
}

}  // namespace

void AddDataCalls(nb::module_& module) {
  module.def(
      "generate", MakeUp, nb::arg("out"), nb::arg("rows"), nb::arg("seed"), nb::arg("csv"), nb::arg("month"),
      nb::arg("source"), nb::arg("org"),
      nb::sig("def generate(out: str, rows: int, seed: int, csv: bool, month: str, source: str, org: str) -> "
              "dict[str, int]"));
  module.def("convert", ToParquet, nb::arg("inputs"), nb::arg("out"), nb::arg("koku"), nb::arg("source"),
             nb::arg("org"),
             nb::sig("def convert(inputs: list[str], out: str, koku: bool, source: str, org: str) -> str"));
}

}  // namespace costream
