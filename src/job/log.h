// Where a run says what it does: the spdlog logger "costream". The command registers one that writes to
// standard error; a program that uses the library hears nothing unless it registers one of its own.
#pragma once

#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace costream {

inline std::shared_ptr<spdlog::logger> Log() {
  auto logger = spdlog::get("costream");
  return logger ? logger
                : std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::null_sink_mt>());
}

}  // namespace costream
