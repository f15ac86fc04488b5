// Work that leaves the GIL to others, and that Ctrl-C ends.
#pragma once

#include <arrow/status.h>
#include <nanobind/nanobind.h>

#include <functional>

#include "feed.h"

namespace costream {

using Cancelled = std::function<bool()>;

// Runs `work` on a thread of its own, without the GIL. Meanwhile the caller's thread handles signals, reads
// the streams of `feed` and calls `tick` (may be empty), with the GIL, about twenty times a second. Whatever
// these raise ends the work, by its `Cancelled`, and is raised when it has ended. REQUIRES: the GIL.
void RunOnOwnThread(const std::function<arrow::Status(const Cancelled&)>& work,
                    const std::function<void()>& tick = {}, Feed* feed = nullptr);

}  // namespace costream
