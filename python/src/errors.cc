#include "errors.h"

#include "base/error.h"

namespace costream {
namespace {

namespace nb = nanobind;

const char* ClassOf(const arrow::Status& status) {
  if (status.IsOutOfMemory()) return "OutOfMemoryError";
  switch (KindOf(status)) {
    case ErrorKind::kInternal:
      return "InternalError";
    case ErrorKind::kUsage:
      return "ConfigError";
    case ErrorKind::kInput:
      return "InputError";
    case ErrorKind::kAnomaly:
      return "AnomalyError";
    case ErrorKind::kTransient:
      return "TransientError";
    case ErrorKind::kCancelled:
      return "CancelledError";
  }
  return "InternalError";
}

template <typename T>
nb::object OrNone(const std::optional<T>& value) {
  return value ? nb::cast(*value) : nb::none();
}

nb::object OrNone(const std::string& text) {
  // Names of files are bytes to the system.
  return text.empty() ? nb::none()
                      : nb::steal(PyUnicode_DecodeFSDefaultAndSize(text.data(), std::ssize(text)));
}

}  // namespace

void Raise(const arrow::Status& status) {
  const std::string message = Message(status);
  const ErrorPlace place = PlaceOf(status);
  const nb::object text = nb::steal(PyUnicode_DecodeUTF8(message.data(), std::ssize(message), "replace"));
  const nb::object type = nb::module_::import_("costream._errors").attr(ClassOf(status));
  const nb::object error = type(text);
  error.attr("file") = OrNone(place.file);
  error.attr("row_group") = OrNone(place.row_group);
  error.attr("line") = OrNone(place.line);
  error.attr("row") = OrNone(place.row);
  error.attr("column") = OrNone(place.column);
  PyErr_SetObject(type.ptr(), error.ptr());
  throw nb::python_error();
}

}  // namespace costream
