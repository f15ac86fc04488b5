// What a thread runs must not end with an exception: that would end the process without a word.
#pragma once

#include <arrow/status.h>
#include <fmt/format.h>

#include <new>

#include "base/error.h"

namespace costream {

template <typename Function>
arrow::Status NoThrow(Function function) {
  try {
    return function();
  } catch (const std::bad_alloc&) {
    return OutOfMemoryError();
  } catch (const std::exception& error) {
    return MakeError(ErrorKind::kInternal, fmt::format("internal error: {}", error.what()));
  }
}

}  // namespace costream
