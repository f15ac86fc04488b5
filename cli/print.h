// What the commands say: on standard output, as one piece.
#pragma once

#include <arrow/status.h>

#include <string>

namespace costream {

// What becomes of a text on its way out.
enum class Form {
  // For people. What files and servers said must not steer a terminal: control characters but line ends are
  // shown as \xNN. On a terminal long lines are broken between words, elsewhere each fact stays on its line.
  kText,
  // The same, with colours; what is not ours in it has been through Printable.
  kColouredText,
  // JSON, CSV and scripts, for programs: as it is.
  kData
};

// Usage error where standard output cannot be written.
arrow::Status Print(const std::string& text, Form form);

// The closing report of what writes to `target`: on standard output, or with the log where the rows go there.
// An error only where there is no target, whose rows would have been written.
arrow::Status PrintClosing(const std::string& text, Form form, const std::string& target);

}  // namespace costream
