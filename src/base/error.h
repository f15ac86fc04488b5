// Kinds of errors, the worst first, as the detail of an arrow::Status. The kind decides the exit code.
#pragma once

#include <arrow/status.h>
#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace costream {

enum class ErrorKind {
  kInternal,   // a bug, or no memory left: exit code 1
  kUsage,      // flags, reference data or target that cannot be used: 2
  kInput,      // input absent or unreadable: 3
  kAnomaly,    // data anomalies where asked to be strict: 4
  kTransient,  // a service is unavailable, try again: 75
  kCancelled,  // stopped by a signal: 130 or 143
};

// Where in the input an error lies, as far as it is known.
struct ErrorPlace {
  ErrorPlace() = default;
  ErrorPlace(std::string of) : file(std::move(of)) {}  // NOLINT: a file alone is a place

  std::string file;  // of Arrow data the report
  std::optional<int64_t> row_group, line, row = {};
  std::string column = {};

  ErrorPlace WithColumn(std::string_view name) const;
  std::string ToString() const;  // "x.parquet: row group 2, row 41: column 'node'"
};

// A Status of that kind. The message names the file, row group or line, and column, and says what to do.
arrow::Status MakeError(ErrorKind kind, std::string message);

// The same for an error at a place of the input: the message begins with it.
arrow::Status MakeError(ErrorKind kind, const ErrorPlace& place, const std::string& message);

template <typename... Args>
arrow::Status UsageError(fmt::format_string<Args...> format, Args&&... args) {
  return MakeError(ErrorKind::kUsage, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
arrow::Status InputError(fmt::format_string<Args...> format, Args&&... args) {
  return MakeError(ErrorKind::kInput, fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
arrow::Status InputErrorAt(const ErrorPlace& place, fmt::format_string<Args...> format, Args&&... args) {
  return MakeError(ErrorKind::kInput, place, fmt::format(format, std::forward<Args>(args)...));
}

// The same error, with `where` and a colon before the message. OK stays OK.
arrow::Status WithContext(const arrow::Status& status, const std::string& where);
// Likewise; what the status knows of the place already is kept.
arrow::Status WithPlace(const arrow::Status& status, ErrorPlace place);
// Adds the place, and leaves the message as it is.
arrow::Status SetPlace(const arrow::Status& status, const ErrorPlace& place);

// The kind of a failed status; kInternal where it carries none.
ErrorKind KindOf(const arrow::Status& status);

// Empty where it carries none.
ErrorPlace PlaceOf(const arrow::Status& status);

// Memory that ran out, whatever was being done: no fault of the input or the target. Statuses of Arrow's own
// allocations are the same error, so they are to be passed on as they are.
arrow::Status OutOfMemoryError();

// Process exit code for a status; signals are the caller's.
int ExitCode(const arrow::Status& status);

// The message alone, on one line, without Arrow's "Invalid: " prefix; of memory that ran out, what to do.
std::string Message(const arrow::Status& status);

}  // namespace costream
