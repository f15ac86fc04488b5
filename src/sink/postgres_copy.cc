#include "sink/postgres_copy.h"

#include "base/error.h"
#include "base/fault_point.h"
#include "model/summary.h"

namespace costream {
namespace {

constexpr int64_t kBytesPerCopy = 64 << 20;
constexpr int64_t kRowsPerSend = 512;  // bounds what is encoded and what libpq keeps, some 500 KB each

}  // namespace

arrow::Status PostgresCopy::Write(const arrow::RecordBatch& batch) {
  for (int64_t row = 0; row < batch.num_rows(); row += kRowsPerSend) {
    if (copied_bytes_ > kBytesPerCopy) ARROW_RETURN_NOT_OK(Finish());
    bytes_.clear();
    if (copied_bytes_ == 0) ARROW_RETURN_NOT_OK(Start());
    ARROW_RETURN_NOT_OK(
        WithContext(AppendCopyRows(*batch.Slice(row, kRowsPerSend), types_, &bytes_), table_));
    ARROW_RETURN_NOT_OK(Send());
  }
  return arrow::Status::OK();
}

arrow::Status PostgresCopy::Finish() {
  if (copied_bytes_ == 0) return arrow::Status::OK();
  bytes_.clear();
  AppendCopyTrailer(&bytes_);
  ARROW_RETURN_NOT_OK(Send());
  copied_bytes_ = 0;
  return database_->EndCopy();
}

arrow::Status PostgresCopy::Start() {
  ARROW_RETURN_NOT_OK(Pass(FaultPoint::kPostgresCopy));
  AppendCopyHeader(&bytes_);
  return database_->StartCopy(fmt::format("COPY {} ({}) FROM STDIN (FORMAT binary)", table_,
                                          fmt::join(SummarySchema()->field_names(), ", ")));
}

arrow::Status PostgresCopy::Send() {
  copied_bytes_ += static_cast<int64_t>(bytes_.size());
  return database_->SendCopy(bytes_);
}

}  // namespace costream
