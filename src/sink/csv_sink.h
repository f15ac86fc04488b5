// Summary rows as CSV: null is an empty field, the empty string "", measures decimals with 15 places.
#pragma once

#include "sink/sink.h"

namespace costream {

// "-": standard output.
std::unique_ptr<Sink> MakeCsvSink(const std::string& path, const SinkOptions& options);

}  // namespace costream
