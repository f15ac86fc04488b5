// Daily pod rows of one Parquet file of hourly pod usage, by the library.
//
//     aggregate_pods FILE.parquet SOURCE 2025-11
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>

#include <iostream>
#include <memory>
#include <string>

#include "costream/aggregate.h"

namespace {

arrow::Status Run(const std::string& file, const std::string& source, const std::string& month) {
  ARROW_ASSIGN_OR_RAISE(auto input, arrow::io::ReadableFile::Open(file));
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(input));
  ARROW_ASSIGN_OR_RAISE(const auto reader, builder.Build());
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::RecordBatchReader> rows, reader->GetRecordBatchReader());

  costream::AggregateOptions options;
  options.source = source;
  options.month = month;
  ARROW_ASSIGN_OR_RAISE(const auto summary,
                        costream::AggregateStreaming({{costream::Report::kPodUsage, false, rows}}, options));
  std::cout << summary->num_rows() << " rows\n" << summary->schema()->ToString() << "\n";
  return arrow::Status::OK();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: aggregate_pods FILE.parquet SOURCE YYYY-MM\n";
    return 2;
  }
  const arrow::Status status = Run(argv[1], argv[2], argv[3]);
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
