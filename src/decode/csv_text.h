// The cells of a CSV file as text, in batches, in bounded memory.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "source/input_file.h"

namespace costream {

struct CsvHeader {
  std::vector<std::string> names;  // none for an empty file
  bool alone = false;              // nothing follows, not even a line break
};

// Input error where the file or its header cannot be read.
arrow::Result<CsvHeader> ReadCsvHeader(const InputFile& file);

// Not thread-safe.
class CsvText {
 public:
  // Reads those columns of the header.
  static arrow::Result<std::unique_ptr<CsvText>> Open(InputFilePtr file, const CsvHeader& header,
                                                      const std::vector<std::string>& columns);
  virtual ~CsvText() = default;
  // The next rows, binary columns in the order that was asked for, an empty cell being the empty string; null
  // at the end.
  virtual arrow::Result<std::shared_ptr<arrow::RecordBatch>> Next() = 0;
  virtual int64_t bytes_read() const = 0;
};

// The line where the data row, counted from 0, begins: found by reading the file again.
ErrorPlace WhereInCsv(const InputFile& file, int64_t row);

}  // namespace costream
