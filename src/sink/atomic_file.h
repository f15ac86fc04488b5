// A file that appears under its name only when it is complete: written beside it, synced, renamed. An object
// of an S3 store does so anyway.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <memory>
#include <string>

#include "source/s3.h"

namespace costream {

// Usage error of a failed write to the target, which `flag` named, with the system's reason. OK, memory that
// ran out and errors that have a kind already stay as they are.
arrow::Status WriteError(const std::string& target, const arrow::Status& status,
                         const std::string& flag = "--to");

class AtomicFile {
 public:
  // On disk, or an object of an s3:// target. Usage error where the folder or bucket does not exist or cannot
  // be written, or the target is a directory; transient error where the store is not there.
  static arrow::Result<std::unique_ptr<AtomicFile>> Create(const std::string& target,
                                                           const std::string& flag = "--to",
                                                           const S3Settings& s3 = {});
  // The object of that name (s3://bucket/key).
  static arrow::Result<std::unique_ptr<AtomicFile>> CreateObject(std::shared_ptr<S3Store> store,
                                                                 const std::string& name);
  virtual ~AtomicFile() = default;  // aborts unless committed

  virtual const std::shared_ptr<arrow::io::OutputStream>& stream() const = 0;
  virtual arrow::Status Commit() = 0;
  virtual void Abort() = 0;
};

}  // namespace costream
