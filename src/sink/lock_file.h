// A file that one process holds at a time; it is there only meanwhile. Freed by the system when its process
// ends.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>

#include "sink/sink.h"

namespace costream {

class LockFile {
 public:
  // Waits for who holds `path`, as the options say. Makes the folder of `path`, and the one above it, where
  // they are not there. Usage error, naming `target`, where that cannot be done.
  static arrow::Result<std::unique_ptr<LockFile>> Acquire(const std::string& path, const std::string& target,
                                                          const SinkOptions& options);
  ~LockFile();

 private:
  LockFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  const std::string path_;
  const int fd_;
};

}  // namespace costream
