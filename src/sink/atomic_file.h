// A file that appears under its name only when it is complete: written beside it, synced, renamed.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <memory>
#include <string>

namespace costream {

// Usage error of a failed write to the target, which `flag` named, with the system's reason. OK, memory that
// ran out and errors that have a kind already stay as they are.
arrow::Status WriteError(const std::string& target, const arrow::Status& status,
                         const std::string& flag = "--to");

class AtomicFile {
 public:
  // Usage error where the folder does not exist or cannot be written, or the target is a directory.
  static arrow::Result<std::unique_ptr<AtomicFile>> Create(const std::string& target,
                                                           const std::string& flag = "--to");
  ~AtomicFile();  // aborts unless committed

  const std::shared_ptr<arrow::io::OutputStream>& stream() const { return stream_; }
  arrow::Status Commit();
  void Abort();

 private:
  AtomicFile(std::string target, std::string flag, std::string temporary, int fd,
             std::shared_ptr<arrow::io::OutputStream> stream);

  const std::string target_, flag_, temporary_;
  int fd_;
  std::shared_ptr<arrow::io::OutputStream> stream_;
  bool done_ = false;
};

}  // namespace costream
