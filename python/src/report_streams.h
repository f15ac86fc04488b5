// Reports that Python holds, as streams of the engine.
#pragma once

#include <nanobind/nanobind.h>

#include <vector>

#include "costream/aggregate.h"
#include "feed.h"

namespace costream {

// `reports`: (name of the report, whether of the daily table, object with __arrow_c_stream__). The streams
// are read on the caller's thread, by the feed.
std::vector<ReportStream> StreamsOf(const nanobind::list& reports, Feed* feed);

}  // namespace costream
