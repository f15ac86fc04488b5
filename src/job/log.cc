#include "job/log.h"

#include <spdlog/sinks/null_sink.h>

#include <atomic>

namespace costream {
namespace {

std::atomic<const char*> phase_now = "";
thread_local std::optional<int64_t> rows_of_line;
thread_local std::optional<double> ms_of_line;

}  // namespace

std::shared_ptr<spdlog::logger> Log() {
  auto logger = spdlog::get("costream");
  return logger ? logger
                : std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::null_sink_mt>());
}

LogFields CurrentLogFields() { return {phase_now.load(), rows_of_line, ms_of_line}; }

void EnterPhase(const char* phase) { phase_now = phase; }

void LogPhaseEnd(int64_t rows, double seconds, const std::string& text) {
  rows_of_line = rows;
  ms_of_line = seconds * 1000;
  Log()->info("{}", text);
  rows_of_line.reset();
  ms_of_line.reset();
}

}  // namespace costream
