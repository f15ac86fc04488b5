// What the fuzz targets share: a file of fuzzed bytes, and all rows that a run makes of it.
#pragma once

#include <arrow/table.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/error.h"
#include "job/aggregator.h"
#include "job/pipeline.h"
#include "sink/table_sink.h"

namespace costream {

// What must hold of any input.
inline void Require(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what.c_str());
  std::abort();
}

// An error that the input can be to blame for.
inline void RequireBlame(const arrow::Status& status) {
  Require(status.ok() || status.IsOutOfMemory() || KindOf(status) != ErrorKind::kInternal,
          "an internal error: " + status.ToString());
}

// The file of that name, in a folder of the process that goes with it.
inline std::string WriteFile(const std::string& name, std::string_view bytes) {
  struct Folder {
    Folder() {
      path = (std::filesystem::temp_directory_path() / "costream-fuzz-XXXXXX").string();
      Require(mkdtemp(path.data()) != nullptr, "no temporary folder");
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::string path;
  };
  static const Folder folder;
  const std::string path = folder.path + "/" + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

// Plans, decodes, aggregates and merges, as RunPlanned, but never gives memory back, which takes long.
inline arrow::Result<std::shared_ptr<arrow::Table>> RunFile(const std::string& path, int64_t chunk_size) {
  RunOptions options;
  options.inputs = {path};
  options.source = "11111111-2222-4333-8444-555555555555";
  options.month = Month{2025, 11};
  options.chunk_size = chunk_size;
  options.payload_limits = {int64_t{64} << 20, 1000};
  ARROW_ASSIGN_OR_RAISE(const PlannedRun planned, PlanRun(options));
  static const MemoryLimit memory = MemoryLimit::Make(int64_t{1} << 40).ValueOrDie();
  const FinalizeOptions finalize = FinalizeOptionsOf(options, planned);
  const LabelFilter filter;
  TableSink sink;
  RowBuilder rows(&finalize.identity, [&](const auto& batch) { return sink.Write(batch); });
  Aggregator aggregator(&planned.plan, &options, &finalize, &filter, &memory, &rows);
  ARROW_RETURN_NOT_OK(aggregator.Run(/*in_memory=*/false, /*threads=*/1));
  ARROW_RETURN_NOT_OK(rows.Flush());
  return sink.Finish();
}

// A run gives rows, the same whatever the chunks are, or says what is wrong with the input.
inline void RequireRows(const std::string& path) {
  const auto rows = RunFile(path, 50'000), again = RunFile(path, 3);
  RequireBlame(rows.status());
  Require(rows.ok() == again.ok(),
          rows.ok() ? "chunks fail: " + again.status().ToString() : "only chunks do");
  if (!rows.ok()) return;
  const arrow::Status valid = (*rows)->ValidateFull();
  Require(valid.ok(), "rows: " + valid.ToString());
  Require((*rows)->Equals(**again), "other rows in other chunks");
}

}  // namespace costream
