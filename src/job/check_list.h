// What a check has found, piece by piece: there, wrong (with what to do), or not looked at.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace costream {

enum class CheckOutcome { kOk, kFailed, kSkipped };

struct CheckLine {
  std::string name;  // of the piece, like "storage"
  CheckOutcome outcome = CheckOutcome::kOk;
  std::string text;     // what is there; what is wrong; why it was not looked at
  std::string remedy;   // of a failed one: what to do
  arrow::Status error;  // of a failed one
};

class CheckList {
 public:
  void Ok(std::string name, std::string text) {
    lines_.push_back({std::move(name), CheckOutcome::kOk, std::move(text), "", arrow::Status::OK()});
  }
  void Skip(std::string name, std::string why) {
    lines_.push_back({std::move(name), CheckOutcome::kSkipped, std::move(why), "", arrow::Status::OK()});
  }
  void Fail(std::string name, const arrow::Status& error, std::string remedy) {
    lines_.push_back({std::move(name), CheckOutcome::kFailed, Message(error), std::move(remedy), error});
  }

  const std::vector<CheckLine>& lines() const { return lines_; }

  size_t failed() const {
    return static_cast<size_t>(std::ranges::count(lines_, CheckOutcome::kFailed, &CheckLine::outcome));
  }
  // Of the failed lines; nothing where none failed.
  std::optional<ErrorKind> worst() const {
    std::optional<ErrorKind> worst;
    for (const CheckLine& line : lines_) {
      if (line.outcome != CheckOutcome::kFailed) continue;
      worst = std::min(worst.value_or(KindOf(line.error)), KindOf(line.error));
    }
    return worst;
  }

 private:
  std::vector<CheckLine> lines_;
};

}  // namespace costream
