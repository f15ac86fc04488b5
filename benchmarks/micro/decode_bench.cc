// One day's hourly pod file, as costream generate writes it, into batches. The argument: plain labels or a
// dictionary.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "decode/parquet_reader.h"
#include "generate/generate.h"

namespace costream {
namespace {

namespace fs = std::filesystem;

// A generated month in a directory of its own, removed at the end of the process.
class Month {
 public:
  explicit Month(bool plain_labels) {
    std::string name = (fs::temp_directory_path() / "costream-micro-XXXXXX").string();
    if (!mkdtemp(name.data())) return;
    directory_ = name;
    GenerateOptions options;
    options.rows = 1'500'000;
    options.out = name;
    options.plain_labels = plain_labels;
    if (!Generate(options).ok()) return;
    for (const auto& entry : fs::recursive_directory_iterator(directory_)) {
      const std::string path = entry.path().string();
      if (path.ends_with("day=01/openshift_pod_usage_line_items/part-0.parquet")) pods_ = path;
    }
  }
  ~Month() {
    std::error_code ignored;
    if (!directory_.empty()) fs::remove_all(directory_, ignored);
  }
  const std::string& pods() const { return pods_; }

 private:
  fs::path directory_;
  std::string pods_;
};

ColumnSet NeededColumns() {
  ColumnSet columns;
  for (const TextField field :
       {TextField::kNamespace, TextField::kNode, TextField::kResourceId, TextField::kPodLabels}) {
    columns.Add(field);
  }
  for (const Measure measure :
       {Measure::kUsageCpu, Measure::kRequestCpu, Measure::kLimitCpu, Measure::kUsageMemory,
        Measure::kRequestMemory, Measure::kLimitMemory, Measure::kNodeCores, Measure::kNodeCoreSeconds,
        Measure::kNodeBytes, Measure::kNodeByteSeconds}) {
    columns.Add(measure);
  }
  return columns;
}

arrow::Result<int64_t> Decode(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const auto file,
                        ParquetFile::Open(LocalFile(path), ReportKind::kPod, Granularity::kHourly));
  DecodeOptions options;
  options.columns = NeededColumns();
  options.first_day = DayOf(1, 1, 1);
  options.last_day = DayOf(9999, 12, 31);
  int64_t rows = 0;
  for (const RowGroupInfo& group : file->row_groups()) {
    ARROW_ASSIGN_OR_RAISE(const auto reader, file->OpenRowGroup(group.index, options));
    UsageBatch batch;
    for (;;) {
      ARROW_ASSIGN_OR_RAISE(const bool more, reader->Next(&batch));
      if (!more) break;
      rows += batch.rows;
    }
  }
  return rows;
}

void BM_Decode(benchmark::State& state) {
  static const Month months[] = {Month(false), Month(true)};
  int64_t rows = 0;
  for (auto _ : state) {
    const auto decoded = Decode(months[state.range(0)].pods());
    if (!decoded.ok()) {
      state.SkipWithError(decoded.status().ToString().c_str());
      break;
    }
    rows += *decoded;
  }
  state.SetItemsProcessed(rows);
}
BENCHMARK(BM_Decode)->ArgName("plain_labels")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace costream
