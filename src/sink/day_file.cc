#include "sink/day_file.h"

#include <arrow/array.h>
#include <arrow/compute/cast.h>
#include <arrow/extension_type.h>
#include <arrow/io/interfaces.h>
#include <parquet/arrow/reader.h>

#include "base/arrow_pool.h"
#include "base/error.h"

namespace costream {
namespace {

constexpr int64_t kReadRows = 4096;

std::string_view TextAt(const arrow::Array& column, int64_t row) {
  const auto& texts = static_cast<const arrow::DictionaryArray&>(column);
  return static_cast<const arrow::StringArray&>(*texts.dictionary()).GetView(texts.GetValueIndex(row));
}

// As sinks take them; decimals stay where decimals are written, so that no value changes.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> AsSummaryRows(const arrow::RecordBatch& read,
                                                                 MeasureType measures) {
  const auto& schema = SummaryBatchSchema();
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  for (int i = 0; i < schema->num_fields(); ++i) {
    auto field = schema->field(i);
    auto column = read.GetColumnByName(field->name());
    if (!column) return UsageError("has no column {}", field->name());
    if (column->type_id() == arrow::Type::EXTENSION) {
      column = static_cast<const arrow::ExtensionArray&>(*column).storage();
    }
    const bool decimal = i >= kFirstMeasure && measures == MeasureType::kDecimal;
    if (decimal && column->type()->Equals(*DecimalMeasureType())) {
      field = field->WithType(column->type());
    } else if (!column->type()->Equals(*field->type())) {
      ARROW_ASSIGN_OR_RAISE(column, arrow::compute::Cast(*column, field->type()));
    }
    if (!field->nullable() && column->null_count() > 0) return UsageError("has nulls in {}", field->name());
    fields.push_back(field);
    columns.push_back(std::move(column));
  }
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), read.num_rows(), std::move(columns));
}

arrow::Result<std::unique_ptr<parquet::arrow::FileReader>> OpenReader(const InputFile& file) {
  ARROW_ASSIGN_OR_RAISE(const auto bytes, file.Open());
  parquet::arrow::FileReaderBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Open(bytes));
  ARROW_RETURN_NOT_OK(bytes->WillNeed({{0, file.bytes()}}));  // after the footer, from the front on
  parquet::ArrowReaderProperties properties(/*use_threads=*/false);
  properties.set_batch_size(kReadRows);
  properties.set_pre_buffer(false);
  const auto& columns = *builder.raw_reader()->metadata()->schema();
  for (int i = 0; i < columns.num_columns(); ++i) {
    const int ours = SummaryBatchSchema()->GetFieldIndex(columns.Column(i)->name());
    if (ours >= 0 && SummaryBatchSchema()->field(ours)->type()->id() == arrow::Type::DICTIONARY) {
      properties.set_read_dictionary(i, true);
    }
  }
  return builder.memory_pool(ArrowPool())->properties(properties)->Build();
}

arrow::Status ReadRows(const InputFile& file, const RowKindSet& kinds, MeasureType measures,
                       const std::function<arrow::Status(const arrow::RecordBatch&)>& take) {
  ARROW_ASSIGN_OR_RAISE(const auto opened, OpenReader(file));
  ARROW_ASSIGN_OR_RAISE(const auto reader, opened->GetRecordBatchReader());
  for (std::shared_ptr<arrow::RecordBatch> read;;) {
    ARROW_RETURN_NOT_OK(reader->ReadNext(&read));
    if (!read) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(read->ValidateFull());
    ARROW_ASSIGN_OR_RAISE(const auto rows, AsSummaryRows(*read, measures));
    for (int64_t begin = 0, end = 0; begin < rows->num_rows(); begin = end) {
      const RowKind kind = KindOfRow(*rows, begin);
      for (end = begin + 1; end < rows->num_rows() && KindOfRow(*rows, end) == kind;) ++end;
      if (Holds(kinds, kind)) ARROW_RETURN_NOT_OK(take(*rows->Slice(begin, end - begin)));
    }
  }
}

}  // namespace

RowKind KindOfRow(const arrow::RecordBatch& batch, int64_t row) {
  if (TextAt(*batch.column(kDataSource), row) != "Pod") return RowKind::kStorage;
  return batch.column(kPodLabelsColumn)->IsNull(row) ? RowKind::kUnallocated : RowKind::kPod;
}

bool Holds(const RowKindSet& kinds, RowKind kind) {
  return kind == RowKind::kPod ? kinds.pod : kind == RowKind::kStorage ? kinds.storage : kinds.unallocated;
}

arrow::Status ReadDayFile(const InputFilePtr& file, const RowKindSet& kinds, MeasureType measures,
                          const std::function<arrow::Status(const arrow::RecordBatch&)>& take) {
  if (!file || file->bytes() == 0) return arrow::Status::OK();
  const arrow::Status status = ReadRows(*file, kinds, measures, take);
  if (status.ok() || status.IsOutOfMemory() || KindOf(status) == ErrorKind::kTransient) return status;
  return UsageError("--to: {} cannot be read, so that its rows cannot be kept: {}", file->name(),
                    status.message());
}

arrow::Result<std::unique_ptr<NewDayFile>> NewDayFile::Create(std::unique_ptr<AtomicFile> file,
                                                              MeasureType measures) {
  std::unique_ptr<NewDayFile> made(new NewDayFile(std::move(file)));
  ARROW_ASSIGN_OR_RAISE(made->writer_, ParquetRows::Open(made->file_->stream(), measures));
  return made;
}

arrow::Status NewDayFile::Write(const arrow::RecordBatch& batch) {
  rows_ += batch.num_rows();
  return writer_->Write(batch);
}

arrow::Status NewDayFile::Finish() {
  ARROW_RETURN_NOT_OK(writer_->Close());
  return file_->Commit();
}

}  // namespace costream
