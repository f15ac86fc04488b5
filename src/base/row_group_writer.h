// A Parquet file written one row group after the other, as platforms write report tables.
#pragma once

#include <arrow/result.h>
#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace costream {

// Not thread-safe.
class RowGroupWriter {
 public:
  // Snappy, with dictionaries for all columns but `plain_columns`. The schema's metadata become the footer's.
  static arrow::Result<std::unique_ptr<RowGroupWriter>> Open(const std::string& path,
                                                             const std::shared_ptr<arrow::Schema>& schema,
                                                             const std::vector<std::string>& plain_columns);
  virtual ~RowGroupWriter() = default;
  // The batch becomes one row group.
  virtual arrow::Status Write(const arrow::RecordBatch& batch) = 0;
  // Returns the size of the file in bytes. The file is complete only after this.
  virtual arrow::Result<int64_t> Close() = 0;
};

}  // namespace costream
