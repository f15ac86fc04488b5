// The settings in effect: flags beat the environment, which beats the file, which beats the default.
#pragma once

#include <arrow/result.h>

#include <map>
#include <string>
#include <vector>

#include "config/config_file.h"
#include "config/settings.h"
#include "config/text_values.h"
#include "job/options.h"

namespace costream {

enum class Origin { kDefault, kFile, kEnvironment, kFlag };  // ascending

struct EffectiveSetting {
  std::string key, text;  // a secret's text is never to be shown
  Origin origin = Origin::kDefault;
  std::string from;  // as shown: "default", "file, line 12", "S3_ENDPOINT", "--month"
  bool secret = false;
  bool of_source = false;  // from the file's part for the source
};

struct EffectiveSettings {
  std::vector<EffectiveSetting> values;  // in the order of AllSettings()
  std::vector<std::string> notes;        // of settings that have no effect
};

// The flags of `costream run` that were given, with their words: {"--month", "2025-11"}.
using GivenFlags = std::map<std::string, std::string>;

// Applies environment and file (null: none) to options and logging, which hold what the given flags say.
// Without inputs they become the folders of the path templates, without a target the database. What counts
// for one source only, is that of --source or ocp.provider_uuid. Usage error that names the line or variable
// for a value that cannot be used.
arrow::Result<EffectiveSettings> ApplySettings(const ConfigFile* file, const Environment& environment,
                                               const GivenFlags& flags, RunOptions* options,
                                               LoggingSettings* logging);

}  // namespace costream
