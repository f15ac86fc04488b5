// Writes summary rows as one Parquet file, into any stream.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>

#include <memory>
#include <vector>

#include "sink/parquet_pages.h"
#include "sink/sink.h"

namespace costream {

class ParquetRows {
 public:
  static arrow::Result<std::unique_ptr<ParquetRows>> Open(std::shared_ptr<arrow::io::OutputStream> stream,
                                                          MeasureType measures);
  ~ParquetRows();

  // A batch of SummaryBatchSchema(), measures doubles or already of the file's type.
  arrow::Status Write(const arrow::RecordBatch& batch);
  // Writes the footer; the stream stays open.
  arrow::Status Close();

 private:
  class Chunk;

  ParquetRows(std::shared_ptr<arrow::io::OutputStream> stream, MeasureType measures);
  arrow::Status EndGroup();

  const std::shared_ptr<arrow::io::OutputStream> stream_;
  const MeasureType measures_;
  std::shared_ptr<parquet::SchemaDescriptor> schema_;
  std::unique_ptr<parquet::FileMetaDataBuilder> metadata_;
  std::unique_ptr<PageEncoder> encoder_;
  std::vector<Chunk> chunks_;  // by column, of the row group at hand
  int64_t rows_ = 0;           // of it
  int16_t groups_ = 0;         // before it
};

}  // namespace costream
