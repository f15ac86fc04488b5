#include "log_lines.h"

#include <fmt/chrono.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/secrets.h"
#include "base/utf8.h"
#include "job/log.h"

namespace costream {
namespace {

using nlohmann::ordered_json;

std::mutex mutex;
LogContext context_now;
bool json_now = false;

ordered_json OrNull(const std::string& text) { return text.empty() ? ordered_json() : ordered_json(text); }

std::string Time(spdlog::log_clock::time_point time) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(ms / 1000)),
                     ms % 1000);
}

class TextFormatter : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    // On one line, whatever it holds.
    const std::string text = Printable(WithoutPasswords({message.payload.data(), message.payload.size()}));
    spdlog::details::log_msg shown(message);
    shown.payload = text;
    pattern_.format(shown, out);
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<TextFormatter>(); }

 private:
  // On a terminal a line first erases the progress bar that it would begin behind.
  spdlog::pattern_formatter pattern_{std::string(isatty(STDERR_FILENO) ? "\r\x1b[K" : "") +
                                     "%H:%M:%S.%e %l %v"};
};

class JsonFormatter : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const LogContext context = GetLogContext();
    const LogFields fields = CurrentLogFields();
    const ordered_json line = {
        {"ts", Time(message.time)},
        {"level", std::string_view(spdlog::level::to_string_view(message.level).data())},
        {"msg", WithoutPasswords({message.payload.data(), message.payload.size()})},
        {"tracing_id", OrNull(context.tracing_id)},
        {"schema", OrNull(context.schema)},
        {"source", OrNull(context.source)},
        {"month", OrNull(context.month)},
        {"phase", OrNull(fields.phase)},
        {"rows", fields.rows ? ordered_json(*fields.rows) : ordered_json()},
        {"ms", fields.ms ? ordered_json(std::llround(*fields.ms)) : ordered_json()},
    };
    const std::string text = line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

}  // namespace

void StartLog() {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("costream"));
  SetLogFormat("auto");
}

void SetLogFormat(const std::string& format) {
  json_now = format == "json" || (format == "auto" && !isatty(STDERR_FILENO));
  if (json_now) {
    spdlog::set_formatter(std::make_unique<JsonFormatter>());
  } else {
    spdlog::set_formatter(std::make_unique<TextFormatter>());
  }
}

bool LogsJson() { return json_now; }

LogContext GetLogContext() {
  const std::lock_guard lock(mutex);
  return context_now;
}

void SetLogContext(LogContext context) {
  const std::lock_guard lock(mutex);
  context_now = std::move(context);
}

void Tell(spdlog::level::level_enum level, const std::string& text) {
  if (json_now) {
    const spdlog::details::log_msg message("costream", level, text);
    for (const auto& sink : spdlog::default_logger()->sinks()) sink->log(message);
  } else {
    std::fprintf(stderr, "%s%s%s", level >= spdlog::level::err ? "costream: " : "",
                 Printable(WithoutPasswords(text), "\n").c_str(), text.ends_with('\n') ? "" : "\n");
  }
}

}  // namespace costream
