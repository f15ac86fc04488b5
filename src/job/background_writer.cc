#include "job/background_writer.h"

#include <system_error>

#include "job/log.h"
#include "job/no_throw.h"

namespace costream {

BackgroundWriter::BackgroundWriter(BatchSink write, bool threaded) : write_(std::move(write)) {
  if (!threaded) return;
  try {
    thread_ = std::jthread([this](std::stop_token stop) { Work(std::move(stop)); });
  } catch (const std::system_error& error) {
    Log()->warn("rows are written by the thread that forms them; no other can be started: {}", error.what());
  }
}

BackgroundWriter::~BackgroundWriter() = default;

void BackgroundWriter::Work(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [&] { return waiting_ != nullptr; }) && !stop.stop_requested()) {
    const auto batch = std::move(waiting_);
    writing_ = true;
    lock.unlock();
    changed_.notify_all();
    const arrow::Status status = NoThrow([&] { return write_(batch); });
    lock.lock();
    writing_ = false;
    status_ = status;
    changed_.notify_all();
    if (!status.ok()) return;
  }
}

arrow::Status BackgroundWriter::Write(const std::shared_ptr<arrow::RecordBatch>& batch) {
  if (!thread_.joinable()) return write_(batch);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !waiting_ || !status_.ok(); });
  ARROW_RETURN_NOT_OK(status_);
  waiting_ = batch;
  changed_.notify_all();
  return arrow::Status::OK();
}

arrow::Status BackgroundWriter::Finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return (!waiting_ && !writing_) || !status_.ok(); });
  return status_;
}

}  // namespace costream
