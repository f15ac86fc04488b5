#include "sink/postgres_sink.h"

#include <optional>

#include "sink/postgres_copy.h"
#include "sink/postgres_replacement.h"

namespace costream {
namespace {

class PostgresSink : public Sink {
 public:
  PostgresSink(const std::string& target, const SinkOptions& options) : replacement_(target, options) {}

  arrow::Result<ExistingRows> Existing(const RunScope& scope) override {
    return replacement_.Existing(scope);
  }
  arrow::Status Begin(const RunScope& scope) override { return replacement_.Connect(scope); }
  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    ARROW_RETURN_NOT_OK(Start());
    return copy_->Write(*batch);
  }
  arrow::Status Commit(const std::vector<Day>& days) override {
    ARROW_RETURN_NOT_OK(Start());
    ARROW_RETURN_NOT_OK(copy_->Finish());
    return replacement_.Commit(days);
  }
  void Abort() override { replacement_.Abort(); }

 private:
  // With the first rows, not before: the lock is held, and the transaction open, no longer than they flow.
  arrow::Status Start() {
    if (replacement_.started()) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(replacement_.Start());
    copy_.emplace(replacement_.database(), replacement_.table().name, replacement_.table().types);
    return arrow::Status::OK();
  }

  PostgresReplacement replacement_;
  std::optional<PostgresCopy> copy_;
};

}  // namespace

std::unique_ptr<Sink> MakePostgresSink(const std::string& target, const SinkOptions& options) {
  return std::make_unique<PostgresSink>(target, options);
}

}  // namespace costream
