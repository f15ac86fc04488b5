// A config file: YAML, sections and keys of the prototype (docs/configuration.md).
#pragma once

#include <arrow/result.h>

#include <map>
#include <set>
#include <string>

namespace costream {

// A value as it is written, before ${VAR} is replaced.
struct ConfigEntry {
  std::string text;
  int line = 0;  // from 1
};

using ConfigEntries = std::map<std::string, ConfigEntry>;  // by key: "performance.chunk_size"

struct ConfigFile {
  std::string name;
  ConfigEntries entries;                         // those without a value are not there
  std::map<std::string, ConfigEntries> sources;  // what counts for one source only, by UUID in lower case
  std::set<std::string> sections;                // those that are there, also without a key
};

// Usage error with the line for what is no YAML, a key that is not known or there twice, a list. `name` is
// for errors.
arrow::Result<ConfigFile> ParseConfigFile(const std::string& text, const std::string& name);

// Usage error where it cannot be read.
arrow::Result<ConfigFile> ReadConfigFile(const std::string& path);

}  // namespace costream
