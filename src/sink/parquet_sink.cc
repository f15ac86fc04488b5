#include "sink/parquet_sink.h"

#include <arrow/array.h>
#include <arrow/extension/uuid.h>
#include <arrow/table.h>
#include <parquet/arrow/writer.h>

#include "base/arrow_pool.h"
#include "base/error.h"
#include "model/summary.h"
#include "sink/atomic_file.h"
#include "sink/columns.h"

namespace costream {
namespace {

class ParquetSink : public Sink {
 public:
  ParquetSink(std::string path, MeasureType measures) : path_(std::move(path)), measures_(measures) {}

  arrow::Status Begin(const RunScope&) override {
    ARROW_ASSIGN_OR_RAISE(file_, AtomicFile::Create(path_));
    arrow::FieldVector fields = SummaryBatchSchema()->fields();
    fields[kUuid] = arrow::field("uuid", arrow::extension::uuid(), false);
    for (int i = 0; i < kSummaryMeasures && measures_ == MeasureType::kDecimal; ++i) {
      fields[kFirstMeasure + i] = fields[kFirstMeasure + i]->WithType(DecimalMeasureType());
    }
    schema_ = arrow::schema(std::move(fields));
    parquet::WriterProperties::Builder properties;
    properties.compression(parquet::Compression::SNAPPY)
        ->memory_pool(ArrowPool())
        ->disable_dictionary("uuid")
        ->disable_statistics();
    // Statistics where a reader can skip row groups by them.
    for (const int column : {int{kUsageStart}, int{kDataSource}, int{kNamespaceColumn}}) {
      properties.enable_statistics(schema_->field(column)->name());
    }
    // Values that seldom repeat within a row group.
    for (const int column : {int{kPodLabelsColumn}, int{kVolumeLabelsColumn}, int{kAllLabelsColumn}}) {
      properties.disable_dictionary(schema_->field(column)->name());
    }
    for (int i = 0; i < kSummaryMeasures; ++i)
      properties.disable_dictionary(schema_->field(kFirstMeasure + i)->name());
    auto writer =
        parquet::arrow::FileWriter::Open(*schema_, ArrowPool(), file_->stream(), properties.build());
    ARROW_RETURN_NOT_OK(WriteError(path_, writer.status()));
    writer_ = *std::move(writer);
    return arrow::Status::OK();
  }

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    auto rows = batch;
    if (measures_ == MeasureType::kDecimal) {
      ARROW_ASSIGN_OR_RAISE(rows, WithDecimalMeasures(*batch));
    }
    auto columns = rows->columns();
    columns[kUuid] = arrow::ExtensionType::WrapArray(arrow::extension::uuid(), columns[kUuid]);
    const auto table = arrow::Table::Make(schema_, columns, rows->num_rows());
    return WriteError(path_, writer_->WriteTable(*table, rows->num_rows()));  // a row group
  }

  arrow::Status Commit(const std::vector<Day>&) override {
    ARROW_RETURN_NOT_OK(WriteError(path_, writer_->Close()));
    return file_->Commit();
  }

  void Abort() override {
    if (file_) file_->Abort();
  }

 private:
  const std::string path_;
  const MeasureType measures_;
  std::unique_ptr<AtomicFile> file_;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

}  // namespace

std::unique_ptr<Sink> MakeParquetSink(const std::string& path, MeasureType measures) {
  return std::make_unique<ParquetSink>(path, measures);
}

}  // namespace costream
