#include "config/config_file.h"

#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/text_file.h"
#include "config/settings.h"
#include "config/text_values.h"

namespace costream {
namespace {

class Reader {
 public:
  explicit Reader(const std::string& name) { file_.name = name; }

  arrow::Result<ConfigFile> Read(const YAML::Node& root) {
    if (root.IsNull()) return std::move(file_);
    if (!root.IsMap()) return Wrong(root, "must hold sections, like performance:");
    for (const auto& section : root) {
      const std::string name = section.first.Scalar();
      if (!file_.sections.insert(name).second) return Wrong(section.first, name + " is there twice");
      if (name == "sources") {
        ARROW_RETURN_NOT_OK(ReadSources(section.second));
      } else {
        ARROW_RETURN_NOT_OK(ReadValue(name, section.first, section.second, &file_.entries));
      }
    }
    return std::move(file_);
  }

 private:
  arrow::Status Wrong(const YAML::Node& node, const std::string& what) const {
    return UsageError("{}:{}: {}", file_.name, node.Mark().line + 1, what);
  }

  arrow::Status ReadSources(const YAML::Node& sources) {
    if (sources.IsNull()) return arrow::Status::OK();
    if (!sources.IsMap()) return Wrong(sources, "sources must hold sections by the UUID of a source");
    for (const auto& source : sources) {
      const std::string uuid = LowerCase(source.first.Scalar());
      const auto [place, is_new] = file_.sources.try_emplace(uuid);
      if (!is_new) return Wrong(source.first, "sources." + uuid + " is there twice");
      if (source.second.IsNull()) continue;
      if (!source.second.IsMap()) return Wrong(source.second, "sources." + uuid + " must hold sections");
      for (const auto& section : source.second) {
        ARROW_RETURN_NOT_OK(ReadValue(section.first.Scalar(), section.first, section.second, &place->second));
      }
      if (const auto entry = place->second.find("ocp.provider_uuid"); entry != place->second.end()) {
        return UsageError("{}:{}: ocp.provider_uuid chooses the source, it cannot stand below one",
                          file_.name, entry->second.line);
      }
    }
    return arrow::Status::OK();
  }

  arrow::Status ReadValue(const std::string& key, const YAML::Node& name, const YAML::Node& value,
                          ConfigEntries* entries) const {
    if (value.IsMap()) {
      for (const auto& below : value) {
        ARROW_RETURN_NOT_OK(ReadValue(key + "." + below.first.Scalar(), below.first, below.second, entries));
      }
      return arrow::Status::OK();
    }
    const bool section_without_keys = value.IsNull() && key.find('.') == key.npos;
    if (section_without_keys) return arrow::Status::OK();
    if (const auto known = CheckKey(key); !known.ok()) return Wrong(name, Message(known));
    if (value.IsSequence() && !FindIdle(key)) return Wrong(value, key + " takes one value, not a list");
    const std::string text = value.IsScalar() ? value.Scalar() : "";
    if (!entries->try_emplace(key, ConfigEntry{text, name.Mark().line + 1}).second) {
      return Wrong(name, key + " is there twice");
    }
    return arrow::Status::OK();
  }

  ConfigFile file_;
};

}  // namespace

arrow::Result<ConfigFile> ParseConfigFile(const std::string& text, const std::string& name) {
  try {
    return Reader(name).Read(YAML::Load(text));
  } catch (const YAML::Exception& error) {
    return UsageError("{}:{}: no valid YAML: {}", name, error.mark.line + 1, error.msg);
  }
}

arrow::Result<ConfigFile> ReadConfigFile(const std::string& path) {
  const auto text = ReadTextFile(path);
  if (!text) return UsageError("{}: cannot be read: {}", path, std::strerror(errno));
  return ParseConfigFile(*text, path);
}

}  // namespace costream
