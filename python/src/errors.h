// arrow::Status -> Python exceptions, by kind (python/costream/_errors.py).
#pragma once

#include <arrow/result.h>
#include <nanobind/nanobind.h>

#include <utility>

namespace costream {

// Throws the exception of a failed status, with its place as attributes. REQUIRES: the GIL.
[[noreturn]] void Raise(const arrow::Status& status);

// REQUIRES: the GIL.
inline void Check(const arrow::Status& status) {
  if (!status.ok()) Raise(status);
}

template <typename T>
T Check(arrow::Result<T> result) {
  if (!result.ok()) Raise(result.status());
  return *std::move(result);
}

}  // namespace costream
