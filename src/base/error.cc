#include "base/error.h"

#include <memory>

#include "base/utf8.h"

namespace costream {
namespace {

class KindDetail : public arrow::StatusDetail {
 public:
  explicit KindDetail(ErrorKind kind, ErrorPlace place = {}) : kind_(kind), place_(std::move(place)) {}
  const char* type_id() const override { return "costream::ErrorKind"; }
  std::string ToString() const override { return "costream error"; }
  ErrorKind kind() const { return kind_; }
  const ErrorPlace& place() const { return place_; }

 private:
  ErrorKind kind_;
  ErrorPlace place_;
};

// Null where the status carries none.
const KindDetail* DetailOf(const arrow::Status& status) {
  const auto& detail = status.detail();
  const bool ours = detail && std::string(detail->type_id()) == "costream::ErrorKind";
  return ours ? static_cast<const KindDetail*>(detail.get()) : nullptr;
}

}  // namespace

ErrorPlace ErrorPlace::WithColumn(std::string_view name) const {
  ErrorPlace place = *this;
  place.column = name;
  return place;
}

std::string ErrorPlace::ToString() const {
  std::string text = file;
  const auto add = [&](std::string_view separator, const std::string& part) {
    if (!text.empty()) text += separator;
    text += part;
  };
  if (line) add(": ", fmt::format("line {}", *line));
  if (row_group) add(": ", fmt::format("row group {}", *row_group));
  if (row) add(row_group ? ", " : ": ", fmt::format("row {}", *row));
  if (!column.empty()) add(": ", fmt::format("column '{}'", column));
  return text;
}

arrow::Status MakeError(ErrorKind kind, std::string message) {
  return arrow::Status(arrow::StatusCode::Invalid, std::move(message), std::make_shared<KindDetail>(kind));
}

arrow::Status MakeError(ErrorKind kind, const ErrorPlace& place, const std::string& message) {
  return arrow::Status(arrow::StatusCode::Invalid, place.ToString() + ": " + message,
                       std::make_shared<KindDetail>(kind, place));
}

arrow::Status WithContext(const arrow::Status& status, const std::string& where) {
  if (status.ok()) return status;
  return arrow::Status(status.code(), where + ": " + status.message(), status.detail());
}

arrow::Status WithPlace(const arrow::Status& status, ErrorPlace place) {
  if (status.ok()) return status;
  const std::string text = place.ToString() + ": " + status.message();
  if (place.column.empty()) place.column = PlaceOf(status).column;
  return arrow::Status(status.code(), text, std::make_shared<KindDetail>(KindOf(status), place));
}

arrow::Status SetPlace(const arrow::Status& status, const ErrorPlace& place) {
  return status.WithDetail(std::make_shared<KindDetail>(KindOf(status), place));
}

ErrorKind KindOf(const arrow::Status& status) {
  const KindDetail* const detail = DetailOf(status);
  return detail ? detail->kind() : ErrorKind::kInternal;
}

ErrorPlace PlaceOf(const arrow::Status& status) {
  const KindDetail* const detail = DetailOf(status);
  return detail ? detail->place() : ErrorPlace();
}

arrow::Status OutOfMemoryError() { return arrow::Status::OutOfMemory("out of memory"); }

int ExitCode(const arrow::Status& status) {
  if (status.ok()) return 0;
  switch (KindOf(status)) {
    case ErrorKind::kInternal:
      return 1;
    case ErrorKind::kUsage:
      return 2;
    case ErrorKind::kInput:
      return 3;
    case ErrorKind::kAnomaly:
      return 4;
    case ErrorKind::kTransient:
      return 75;
    case ErrorKind::kCancelled:
      return 130;
  }
  return 1;
}

std::string Message(const arrow::Status& status) {
  if (!status.IsOutOfMemory()) return Printable(status.message());
  return "out of memory; give the process more, or run it with --mode streaming and fewer --threads";
}

}  // namespace costream
