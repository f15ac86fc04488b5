#include "streams.h"

#include <arrow/c/bridge.h>

#include "errors.h"

namespace costream {

namespace nb = nanobind;

namespace {

constexpr const char* kStreamName = "arrow_array_stream";

void FreeStream(PyObject* capsule) {
  auto* const stream = static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule, kStreamName));
  if (stream->release) stream->release(stream);
  delete stream;
}

}  // namespace

std::shared_ptr<arrow::RecordBatchReader> ReaderOf(const nb::handle& object) {
  const nb::object capsule = object.attr("__arrow_c_stream__")();
  void* const stream = PyCapsule_GetPointer(capsule.ptr(), kStreamName);
  if (!stream) throw nb::python_error();
  return Check(arrow::ImportRecordBatchReader(static_cast<ArrowArrayStream*>(stream)));
}

nb::object StreamOf(const std::shared_ptr<arrow::Table>& table) {
  auto stream = std::make_unique<ArrowArrayStream>();
  Check(arrow::ExportRecordBatchReader(std::make_shared<arrow::TableBatchReader>(table), stream.get()));
  PyObject* const capsule = PyCapsule_New(stream.get(), kStreamName, FreeStream);
  if (!capsule) {
    stream->release(stream.get());
    throw nb::python_error();
  }
  stream.release();
  return nb::steal(capsule);
}

}  // namespace costream
