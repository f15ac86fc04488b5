// Where a run says what it does: the spdlog logger "costream". The command registers one that writes to
// standard error; a program that uses the library hears nothing unless it registers one of its own.
#pragma once

#include <spdlog/spdlog.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace costream {

std::shared_ptr<spdlog::logger> Log();

// What a line says beside its text, for formatters of structured logs.
struct LogFields {
  std::string phase;            // plan, aggregate, commit, run; empty outside a run
  std::optional<int64_t> rows;  // these two on the line that ends a phase
  std::optional<double> ms;
};

// Of the line that this thread is writing. One run at a time has phases.
LogFields CurrentLogFields();

// The lines from now on, of all threads, are of that phase.
void EnterPhase(const char* phase);

// The line that ends it: its rows and how long it took.
void LogPhaseEnd(int64_t rows, double seconds, const std::string& text);

}  // namespace costream
