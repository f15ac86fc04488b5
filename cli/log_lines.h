// The lines that the command writes to standard error: text on a terminal, else one JSON object each
// (docs/operating.md names its keys).
#pragma once

#include <spdlog/common.h>

#include <string>

namespace costream {

// What every JSON line says of the run at hand. Empty: not known.
struct LogContext {
  std::string tracing_id, schema, source, month;
};

// Before anything is said.
void StartLog();

// auto (text on a terminal, else JSON), text or json.
void SetLogFormat(const std::string& format);
bool LogsJson();

LogContext GetLogContext();
void SetLogContext(LogContext context);

// A line that no log level silences: how the command ended, what it was asked to show.
void Tell(spdlog::level::level_enum level, const std::string& text);

}  // namespace costream
