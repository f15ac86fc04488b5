// Summary rows in a table of an SQLite database, in one transaction. Replaces the rows of the run's scope
// that a run wrote: those of a cost model or a cloud bill stay, where the table has such columns.
#pragma once

#include "sink/sink.h"

namespace costream {

// The condition that tells such rows, in a table with these columns.
std::string OwnRows(const std::vector<std::string>& columns);

// `path`: of the file; `target`: as errors name it.
std::unique_ptr<Sink> MakeSqliteSink(const std::string& path, const std::string& target,
                                     const SinkOptions& options);

}  // namespace costream
