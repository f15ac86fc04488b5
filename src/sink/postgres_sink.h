// Summary rows into the table of a PostgreSQL database, by binary COPY within the transaction that deletes
// those they replace (docs/decisions/0014).
#pragma once

#include "sink/sink.h"

namespace costream {

std::unique_ptr<Sink> MakePostgresSink(const std::string& target, const SinkOptions& options);

}  // namespace costream
