// Named places where a test lets a run fail, die or wait. Only builds with COSTREAM_FAULT_POINTS (cmake;
// preset dev) have them: elsewhere passing one is nothing.
//
//   COSTREAM_FAULT=file.rename:2:abort   what happens when a process passes the point for the second time:
//                                        "error" (the step fails), "abort" (kill -9), "sleep" (for 300 ms)
//   COSTREAM_FAULT_ONCE=FILE             it happens to the one process that can make the file
//   COSTREAM_FAULT=list                  prints the names of all points and exits
//   COSTREAM_FAULT_LOG=FILE              gets the name of each point passed, one a line
#pragma once

#include <arrow/status.h>

namespace costream {

// Each stands before the step that it is named after.
enum class FaultPoint {
  kArrowAllocate,   // memory of Arrow's: the error is OutOfMemory
  kSpillWrite,      // a spilled run, once a buffer
  kSpillRead,       // likewise
  kFileSync,        // a local file is complete
  kFileRename,      // to its name
  kObjectComplete,  // the upload of an object
  kDaysRecord,      // the record of a directory's commit
  kDaysApply,       // of one day; the record is durable
  kDaysForget,      // the record has been done
  kSqliteCommit,
  kPostgresBegin,
  kPostgresCopy,
  kPostgresCommit,
};

// Thread-safe. The error is a transient one.
#ifdef COSTREAM_FAULT_POINTS
arrow::Status Pass(FaultPoint point);
#else
inline arrow::Status Pass(FaultPoint) { return arrow::Status::OK(); }
#endif

}  // namespace costream
