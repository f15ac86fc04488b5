// Arrow data across the border, by the PyCapsule interface: nothing is copied.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <nanobind/nanobind.h>

#include <memory>

namespace costream {

// The stream of an object with __arrow_c_stream__, read without the GIL. REQUIRES: the GIL.
std::shared_ptr<arrow::RecordBatchReader> ReaderOf(const nanobind::handle& object);

// A capsule "arrow_array_stream" of the table's batches. REQUIRES: the GIL.
nanobind::object StreamOf(const std::shared_ptr<arrow::Table>& table);

}  // namespace costream
