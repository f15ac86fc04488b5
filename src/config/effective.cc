#include "config/effective.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "config/path_template.h"
#include "config/settings.h"

namespace costream {
namespace {

// As in a part of a URI.
std::string PercentEncoded(const std::string& text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

class Resolver {
 public:
  Resolver(const ConfigFile* file, const Environment& environment, const GivenFlags& flags,
           RunOptions* options, LoggingSettings* logging)
      : file_(file), environment_(environment), flags_(flags), options_(options), logging_(logging) {}

  arrow::Result<EffectiveSettings> Resolve() {
    ARROW_RETURN_NOT_OK(ChooseSource());
    arrow::Status wrong;  // with the first; the others apply all the same, so that metrics are told of it
    for (const Setting& setting : AllSettings()) {
      const auto value = ValueOf(setting);
      wrong &= value.status();
      settings_.values.push_back(
          value.ValueOr(EffectiveSetting{setting.key, "", Origin::kDefault, "default", setting.secret}));
    }
    ApplyAwsCredentials();
    const SettingsTarget target{options_, logging_, &settings_.notes};
    for (size_t i = 0; i < AllSettings().size(); ++i) {
      const Setting& setting = AllSettings()[i];
      const EffectiveSetting& value = settings_.values[i];
      const bool applies = setting.apply && value.origin != Origin::kDefault &&
                           value.origin != Origin::kFlag && !value.text.empty();
      if (applies) wrong &= Of(value, setting.apply(value.text, target));
    }
    ARROW_RETURN_NOT_OK(wrong);
    ARROW_RETURN_NOT_OK(ApplyEndpointScheme());
    ARROW_RETURN_NOT_OK(ApplyDays());
    ARROW_RETURN_NOT_OK(ApplyInputs());
    ApplyTarget();
    AddIdleNotes();
    return std::move(settings_);
  }

 private:
  // The status as one of the value.
  static arrow::Status Of(const EffectiveSetting& value, const arrow::Status& status) {
    const bool file = value.origin == Origin::kFile;
    return WithContext(status, file ? fmt::format("{}: {}", value.from, value.key)
                                    : fmt::format("{} ({})", value.from, value.key));
  }

  arrow::Status ChooseSource() {
    if (!file_ || file_->sources.empty()) return arrow::Status::OK();
    const auto& all = AllSettings();
    const auto setting = std::ranges::find(all, "ocp.provider_uuid", &Setting::key);
    ARROW_ASSIGN_OR_RAISE(const EffectiveSetting source, ValueOf(*setting));
    if (const auto own = file_->sources.find(LowerCase(source.text)); own != file_->sources.end()) {
      of_source_ = &own->second;
    }
    return arrow::Status::OK();
  }

  // What the file says of the setting: first for the source, then for all.
  struct Entry {
    const ConfigEntry* entry = nullptr;
    bool of_source = false;
  };
  Entry EntryOf(const Setting& setting) const {
    std::vector<std::string> keys = {setting.key};
    keys.insert(keys.end(), setting.also.begin(), setting.also.end());
    for (const ConfigEntries* entries : {of_source_, file_ ? &file_->entries : nullptr}) {
      if (!entries) continue;
      for (const std::string& key : keys) {
        const auto entry = entries->find(key);
        if (entry != entries->end() && !entry->second.text.empty())
          return {&entry->second, entries == of_source_};
      }
    }
    return {};
  }

  arrow::Result<EffectiveSetting> ValueOf(const Setting& setting) const {
    EffectiveSetting value{setting.key, setting.default_text, Origin::kDefault, "default", setting.secret};
    if (const auto flag = flags_.find(setting.flag); flag != flags_.end()) {
      value.text = flag->second;
      value.origin = Origin::kFlag;
      value.from = setting.flag;
      return value;
    }
    for (const std::string& variable : setting.environment) {
      const auto text = environment_(variable);
      if (!text || text->empty()) continue;
      value.text = *text;
      value.origin = Origin::kEnvironment;
      value.from = variable;
      return value;
    }
    const auto [entry, of_source] = EntryOf(setting);
    if (!entry) return value;
    value.from = fmt::format("{}:{}", file_->name, entry->line);
    value.origin = Origin::kFile;
    const auto expanded = Expand(entry->text, environment_);
    ARROW_RETURN_NOT_OK(Of(value, expanded.status()));
    if (expanded->empty()) {  // as if it were not there
      value.from = "default";
      value.origin = Origin::kDefault;
      return value;
    }
    value.text = *expanded;
    value.of_source = of_source;
    return value;
  }

  EffectiveSetting& Find(const std::string& key) {
    return *std::ranges::find(settings_.values, key, &EffectiveSetting::key);
  }

  // Credentials that AWS's own variables name are found by its library, with session token and profile; a
  // part of them is never mixed with others.
  void ApplyAwsCredentials() {
    for (const std::string& variable : VariablesOfS3().aws_credentials) {
      const auto text = environment_(variable);
      if (!text || text->empty()) continue;
      for (const char* key : {"s3.access_key", "s3.secret_key"}) {
        Find(key) = {key, "", Origin::kEnvironment, variable, true};
      }
      return;
    }
  }

  // An endpoint without http:// or https://.
  arrow::Status ApplyEndpointScheme() {
    const EffectiveSetting& use_ssl = Find("s3.use_ssl");
    const auto ssl = ParseBool(use_ssl.text);
    ARROW_RETURN_NOT_OK(Of(use_ssl, ssl.status()));
    std::string& endpoint = options_->s3.endpoint;
    if (!endpoint.empty() && endpoint.find("://") == endpoint.npos) {
      endpoint.insert(0, *ssl ? "https://" : "http://");
    }
    return arrow::Status::OK();
  }

  arrow::Status ApplyDays() {
    const EffectiveSetting &year = Find("ocp.year"), &month = Find("ocp.month");
    if (year.origin != Origin::kFlag && (!year.text.empty() || !month.text.empty())) {
      const auto year_number = ParseInteger(year.text, 1970, 9999), number = ParseInteger(month.text, 1, 12);
      if (year.text.empty() || month.text.empty()) {
        return UsageError(
            "ocp.year and ocp.month: set both, or none (POC_YEAR, OCP_YEAR; POC_MONTH, OCP_MONTH)");
      }
      ARROW_RETURN_NOT_OK(Of(year, year_number.status()));
      ARROW_RETURN_NOT_OK(Of(month, number.status()));
      options_->month = Month{static_cast<int>(*year_number), static_cast<int>(*number)};
    }
    const Origin of_month = std::max(year.origin, month.origin);
    for (const auto& [key, day] :
         {std::pair("ocp.start_date", &options_->start), std::pair("ocp.end_date", &options_->end)}) {
      const EffectiveSetting& value = Find(key);
      if (value.origin == Origin::kDefault || value.origin == Origin::kFlag) continue;
      if (value.origin < of_month) {
        settings_.notes.push_back(
            fmt::format("{}: {} does not count, since the month comes from {}", value.from, key, month.from));
        continue;
      }
      *day = ParseDay(value.text);
      if (!*day) return Of(value, UsageError("'{}' is no day; write it like 2025-11-01", value.text));
    }
    return arrow::Status::OK();
  }

  arrow::Status ApplyInputs() {
    if (!options_->inputs.empty() || !file_) return arrow::Status::OK();
    TemplateValues known{options_->source, options_->month};
    if (!known.month && options_->start) known.month = MonthOf(*options_->start);
    if (!known.month && options_->end) known.month = MonthOf(*options_->end);
    std::vector<std::string> folders;
    for (const EffectiveSetting& value : settings_.values) {
      if (!value.key.starts_with("ocp.parquet_path_") || value.text.empty()) continue;
      const auto folder = FolderOfTemplate(value.text, known);
      ARROW_RETURN_NOT_OK(Of(value, folder.status()));
      folders.push_back(InBucket(*folder));
    }
    options_->inputs = OutermostFolders(std::move(folders));
    return arrow::Status::OK();
  }

  // A template names a key of the bucket where the file has a store.
  std::string InBucket(const std::string& folder) {
    if (IsS3(folder)) return folder;
    if (!file_->sections.contains("s3")) return folder.empty() ? "." : folder;
    const size_t slashes = std::min(folder.find_first_not_of('/'), folder.size());
    const std::string bucket = "s3://" + Find("s3.bucket").text;
    return slashes == folder.size() ? bucket : bucket + "/" + folder.substr(slashes);
  }

  void ApplyTarget() {
    if (!options_->target.empty() || !file_ || !file_->sections.contains("postgresql")) return;
    const auto part = [&](const char* key) { return PercentEncoded(Find(key).text); };
    std::string user = part("postgresql.user"), host = Find("postgresql.host").text;
    if (const std::string password = part("postgresql.password"); !password.empty()) user += ":" + password;
    if (!user.empty()) user += "@";
    host = host.find(':') == host.npos ? PercentEncoded(host) : fmt::format("[{}]", host);
    options_->target = fmt::format("postgresql://{}{}:{}/{}", user, host, part("postgresql.port"),
                                   part("postgresql.database"));
  }

  void AddIdleNotes() {
    for (const ConfigEntries* entries : {file_ ? &file_->entries : nullptr, of_source_}) {
      if (!entries) continue;
      for (const auto& [key, entry] : *entries) {
        if (const IdleKey* idle = FindIdle(key); idle) {
          settings_.notes.push_back(
              fmt::format("{}:{}: {} has no effect: {}", file_->name, entry.line, key, idle->reason));
        }
      }
    }
  }

  const ConfigFile* const file_;
  const Environment& environment_;
  const GivenFlags& flags_;
  RunOptions* const options_;
  LoggingSettings* const logging_;
  const ConfigEntries* of_source_ = nullptr;
  EffectiveSettings settings_;
};

}  // namespace

arrow::Result<EffectiveSettings> ApplySettings(const ConfigFile* file, const Environment& environment,
                                               const GivenFlags& flags, RunOptions* options,
                                               LoggingSettings* logging) {
  return Resolver(file, environment, flags, options, logging).Resolve();
}

}  // namespace costream
