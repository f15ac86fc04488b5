// What the commands say: on standard output, as one piece.
#pragma once

#include <arrow/status.h>

#include <string>

namespace costream {

// What becomes of control characters in a text. Text for people holds what files and servers said, which must
// not steer a terminal: there they are shown as \xNN, but for line ends. JSON and CSV are kept as they are.
enum class Controls { kShown, kKept };

// Usage error where standard output cannot be written.
arrow::Status Print(const std::string& text, Controls controls);

// The closing report of what writes to `target`: on standard output, or with the log where the rows go there.
// An error only where there is no target, whose rows would have been written.
arrow::Status PrintClosing(const std::string& text, Controls controls, const std::string& target);

}  // namespace costream
