#include "check_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace costream {
namespace {

constexpr int kSchemaVersion = 1;

struct Word {
  const char *table, *color, *json;
};

Word WordOf(CheckOutcome outcome) {
  switch (outcome) {
    case CheckOutcome::kOk:
      return {"ok", "\033[32m", "ok"};
    case CheckOutcome::kFailed:
      return {"FAILED", "\033[31m", "failed"};
    case CheckOutcome::kSkipped:
      break;
  }
  return {"-", "\033[33m", "skipped"};
}

}  // namespace

std::string CheckTable(const CheckList& list, bool colors) {
  std::string out;
  for (const CheckLine& line : list.lines()) {
    const Word word = WordOf(line.outcome);
    out += fmt::format("{}{:<8}{}{:<18}{}\n", colors ? word.color : "", word.table, colors ? "\033[0m" : "",
                       line.name, Printable(line.text));
    if (!line.remedy.empty()) out += fmt::format("{:<26}-> {}\n", "", Printable(line.remedy));
  }
  return out;
}

std::string CheckJson(const CheckList& list) {
  using nlohmann::json;
  json checks = json::array();
  for (const CheckLine& line : list.lines()) {
    json check = {{"name", line.name}, {"outcome", WordOf(line.outcome).json}, {"text", line.text}};
    if (line.outcome == CheckOutcome::kFailed) {
      check.update({{"remedy", line.remedy}, {"exit_code", ExitCode(line.error)}});
    }
    checks.push_back(check);
  }
  const json out = {{"schema_version", kSchemaVersion}, {"ok", list.failed() == 0}, {"checks", checks}};
  return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace costream
