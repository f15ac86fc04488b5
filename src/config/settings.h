// The table of all that a config file may say: keys, environment variables, flags, and what each does.
#pragma once

#include <arrow/status.h>

#include <string>
#include <string_view>
#include <vector>

#include "job/options.h"

namespace costream {

// What of its doings a command writes to standard error, and how.
struct LoggingSettings {
  std::string level = "info";   // debug, info, warning, error, off
  std::string format = "auto";  // text on a terminal, else JSON; text; json
};

// What settings are applied to. Notes tell of settings that have no effect.
struct SettingsTarget {
  RunOptions* options = nullptr;
  LoggingSettings* logging = nullptr;
  std::vector<std::string>* notes = nullptr;
};

struct Setting {
  std::string key;                       // "performance.chunk_size"
  std::vector<std::string> environment;  // the first that is set and not empty counts
  std::string flag;                      // of `costream run`; empty: none
  std::string default_text;              // as shown
  // Takes the text of environment or file, never an empty one; usage error where it cannot be used. None: the
  // value is used together with others (effective.cc).
  arrow::Status (*apply)(const std::string& text, const SettingsTarget& target) = nullptr;
  bool secret = false;                 // never shown
  std::vector<std::string> also = {};  // keys of the same meaning; the first that is set counts
};

const std::vector<Setting>& AllSettings();

// A key of the prototype that has no effect here, or a section of such keys ("aws.*").
struct IdleKey {
  std::string key, reason;
};

const std::vector<IdleKey>& AllIdleKeys();

// The idle key or section that the key belongs to; null where there is none.
const IdleKey* FindIdle(std::string_view key);

// Usage error with the nearest known key for a key that is neither a setting's nor idle.
arrow::Status CheckKey(const std::string& key);

}  // namespace costream
