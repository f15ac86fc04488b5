// Work that leaves the GIL to others, and that Ctrl-C ends.
#pragma once

#include <arrow/status.h>
#include <nanobind/nanobind.h>

#include <functional>

namespace costream {

using Cancelled = std::function<bool()>;

// Runs `work` on a thread of its own, without the GIL. Meanwhile the caller's thread handles signals and
// calls `tick` (may be empty), with the GIL, about ten times a second. Whatever either raises ends the work,
// by its `Cancelled`, and is raised when it has ended. REQUIRES: the GIL.
void RunOnOwnThread(const std::function<arrow::Status(const Cancelled&)>& work,
                    const std::function<void()>& tick = {});

// Runs `work` without the GIL on the caller's thread, where its Python callbacks belong; signals are handled
// between them, as often as `Cancelled` is asked. REQUIRES: the GIL.
void RunHere(const std::function<arrow::Status(const Cancelled&)>& work);

}  // namespace costream
