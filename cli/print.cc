#include "print.h"

#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/error.h"
#include "base/utf8.h"
#include "log_lines.h"

namespace costream {

arrow::Status Print(const std::string& text, Controls controls) {
  const std::string shown = controls == Controls::kShown ? Printable(text, "\n") : text;
  if (std::fwrite(shown.data(), 1, shown.size(), stdout) == shown.size() && std::fflush(stdout) == 0)
    return arrow::Status::OK();
  return UsageError("standard output cannot be written: {}", std::strerror(errno));
}

arrow::Status PrintClosing(const std::string& text, Controls controls, const std::string& target) {
  if (target == "-") {
    Tell(spdlog::level::info, text);
    return arrow::Status::OK();
  }
  const arrow::Status printed = Print(text, controls);
  if (printed.ok() || target.empty()) return WithContext(printed, "closing table");
  spdlog::warn("the rows are written, the closing table cannot be: {}", Message(printed));
  return arrow::Status::OK();
}

}  // namespace costream
