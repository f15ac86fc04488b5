// The files that a run may read, found on disk and in S3: CSV reports, operator payloads, and Parquet files,
// in trees of a layout or alone.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "source/input_file.h"
#include "source/layout.h"
#include "source/payload.h"
#include "source/s3.h"

namespace costream {

struct ParquetInput {
  InputFilePtr file;
  std::optional<Table> table;    // nothing where no folder names it: its columns tell
  std::optional<Layout> layout;  // nothing where it is outside of both
  PathFacts facts;
};

struct CsvInput {
  InputFilePtr file;
  std::shared_ptr<const Manifest> manifest;  // of the payload that it is a member of; else none
};

struct Inputs {
  std::vector<CsvInput> csv;
  std::vector<ParquetInput> parquet;
  std::vector<std::string> ignored;  // Parquet files of other tables, or of another layout than the one named
  int64_t repeated = 0;              // times that a file was reached again
  std::vector<std::string> notes, warnings;  // of payloads
};

// Walks the paths (files or directories), sorted by path. Input error for a path that does not exist or a
// file that is neither CSV nor payload nor Parquet; hidden and temporary files are passed over. A file that
// is reached twice, by its name or by links, is there once. Usage error where both layouts are there and none
// is named: they may hold the same rows.
arrow::Result<Inputs> FindInputs(const std::vector<std::string>& paths, std::optional<Layout> layout = {},
                                 const S3Settings& s3 = {}, const PayloadLimits& limits = {});

// The sources that the paths of Parquet files name, of those files whose path names no other month. Errors as
// of FindInputs; that there is none is no error.
arrow::Result<std::set<std::string>> FindSources(const std::vector<std::string>& paths,
                                                 std::optional<Month> month, const S3Settings& s3 = {});

}  // namespace costream
