// Summary rows as a directory of Parquet files, one a day:
// source=S/year=2025/month=11/day=01/summary.parquet. Replaces the rows of the run's scope. A day is old or
// new at any time; a run that is killed while it commits is completed by the next one of its source.
#pragma once

#include "sink/sink.h"

namespace costream {

std::unique_ptr<Sink> MakeDirectorySink(const std::string& path, const SinkOptions& options);

}  // namespace costream
