// Summary rows as one Parquet file.
#pragma once

#include "sink/sink.h"

namespace costream {

std::unique_ptr<Sink> MakeParquetSink(const std::string& path, const SinkOptions& options);

}  // namespace costream
