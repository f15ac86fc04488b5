#include "feed.h"

#include <deque>

#include "base/error.h"

namespace costream {
namespace {

constexpr int64_t kRowsAhead = 32'768;

}  // namespace

class Feed::Stream : public arrow::RecordBatchReader {
 public:
  Stream(Feed* feed, std::shared_ptr<arrow::RecordBatchReader> reader)
      : feed_(*feed), reader_(std::move(reader)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    std::unique_lock lock(feed_.mutex_);
    asked_ = true;
    if (ready_.empty()) feed_.changed_.notify_all();
    feed_.changed_.wait(lock, [&] { return !ready_.empty() || over_ || feed_.stopped_; });
    batch->reset();
    if (feed_.stopped_) return MakeError(ErrorKind::kCancelled, "stopped");
    if (ready_.empty()) return status_;
    *batch = std::move(ready_.front());
    ready_.pop_front();
    rows_ -= (*batch)->num_rows();
    feed_.changed_.notify_all();
    return arrow::Status::OK();
  }

  // REQUIRES: the feed's mutex held.
  bool HasRoom() const { return asked_ && !over_ && (ready_.empty() || rows_ < kRowsAhead); }

  // On the caller's thread.
  void Read() {
    std::shared_ptr<arrow::RecordBatch> batch;
    const arrow::Status status = reader_->ReadNext(&batch);
    const std::lock_guard lock(feed_.mutex_);
    status_ = status;
    over_ = !status.ok() || !batch;
    if (!over_) {
      rows_ += batch->num_rows();
      ready_.push_back(std::move(batch));
    }
    feed_.changed_.notify_all();
  }

 private:
  Feed& feed_;
  const std::shared_ptr<arrow::RecordBatchReader> reader_;
  // Guarded by the feed's mutex:
  std::deque<std::shared_ptr<arrow::RecordBatch>> ready_;
  int64_t rows_ = 0;  // in ready_
  bool asked_ = false, over_ = false;
  arrow::Status status_;
};

Feed::Feed() = default;
Feed::~Feed() = default;

std::shared_ptr<arrow::RecordBatchReader> Feed::Add(std::shared_ptr<arrow::RecordBatchReader> reader) {
  return streams_.emplace_back(std::make_shared<Stream>(this, std::move(reader)));
}

void Feed::End() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

Feed::Stream* Feed::Wanted() const {
  for (const auto& stream : streams_) {
    if (stream->HasRoom()) return stream.get();
  }
  return nullptr;
}

bool Feed::Wait(std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, at_most, [&] { return ended_ || (!stopped_ && Wanted()); });
  return ended_;
}

void Feed::ReadOne() {
  Stream* stream = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_ && !ended_) stream = Wanted();
  }
  if (stream) stream->Read();
}

void Feed::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace costream
