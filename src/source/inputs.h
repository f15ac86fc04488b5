// The files that a run may read, found on disk: CSV reports and Parquet trees in the flat layout (spec:
// "Layouts").
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/date.h"
#include "model/report.h"
#include "source/input_file.h"

namespace costream {

// What a path says of its file. Nothing where it does not say it.
struct PathFacts {
  std::optional<std::string> org, source;
  std::optional<int> year, month, day;
};

struct ParquetInput {
  InputFilePtr file;
  ReportKind kind = ReportKind::kPod;
  Granularity granularity = Granularity::kHourly;
  PathFacts facts;
};

struct CsvInput {
  InputFilePtr file;
};

struct Inputs {
  std::vector<CsvInput> csv;
  std::vector<ParquetInput> parquet;
  std::vector<std::string> ignored;  // Parquet files in no known table
  int64_t repeated = 0;              // times that a file was reached again
};

// Reads the facts from `data/{org}/OCP/source=…/year=…/month=…/day=…`.
PathFacts FactsOf(const std::string& path);

// Walks the paths (files or directories), sorted by path. Input error for a path that does not exist or a
// file that is neither CSV nor Parquet; hidden and temporary files are passed over. A file that is reached
// twice, by its name or by links, is there once.
arrow::Result<Inputs> FindInputs(const std::vector<std::string>& paths);

}  // namespace costream
