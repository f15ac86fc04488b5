#include "base/error.h"

#include <memory>

#include "base/utf8.h"

namespace costream {
namespace {

class KindDetail : public arrow::StatusDetail {
 public:
  explicit KindDetail(ErrorKind kind) : kind_(kind) {}
  const char* type_id() const override { return "costream::ErrorKind"; }
  std::string ToString() const override { return "costream error"; }
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace

arrow::Status MakeError(ErrorKind kind, std::string message) {
  return arrow::Status(arrow::StatusCode::Invalid, std::move(message), std::make_shared<KindDetail>(kind));
}

arrow::Status WithContext(const arrow::Status& status, const std::string& where) {
  if (status.ok()) return status;
  return arrow::Status(status.code(), where + ": " + status.message(), status.detail());
}

ErrorKind KindOf(const arrow::Status& status) {
  const auto& detail = status.detail();
  if (detail && std::string(detail->type_id()) == "costream::ErrorKind") {
    return static_cast<const KindDetail&>(*detail).kind();
  }
  return ErrorKind::kInternal;
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
