// `costream config show`: the settings that a run with the same flags has, and where each comes from.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/secrets.h"
#include "commands.h"
#include "print.h"
#include "run_command.h"
#include "source/postgres_target.h"

namespace costream {
namespace {

// Password and user in the endpoint's URL, as some write them.
std::string Shown(const EffectiveSetting& value) {
  if (value.text.empty()) return "";
  return value.secret || value.text.find('@') != value.text.npos ? std::string(kMasked) : value.text;
}

std::string Table(const EffectiveSettings& settings, const RunOptions& options) {
  size_t key_width = 0, text_width = 0;
  for (const EffectiveSetting& value : settings.values) {
    key_width = std::max(key_width, value.key.size());
    text_width = std::max(text_width, Shown(value).size());
  }
  text_width = std::min<size_t>(text_width, 50);
  std::string table;
  for (const EffectiveSetting& value : settings.values) {
    table += fmt::format("{:<{}}  {:<{}}  {}\n", value.key, key_width, Shown(value), text_width, value.from);
  }
  table += "\n";
  for (const std::string& input : options.inputs) table += fmt::format("input   {}\n", input);
  if (!options.target.empty()) table += fmt::format("target  {}\n", ShownTarget(options.target));
  for (const std::string& note : settings.notes) table += fmt::format("note    {}\n", note);
  return table;
}

std::string Json(const EffectiveSettings& settings, const RunOptions& options) {
  nlohmann::ordered_json json;
  for (const EffectiveSetting& value : settings.values) {
    json["settings"][value.key] = {{"value", Shown(value)}, {"from", value.from}};
  }
  json["inputs"] = options.inputs;
  json["target"] = ShownTarget(options.target);
  json["notes"] = settings.notes;
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

arrow::Status Show(RunFlags* flags) {
  ARROW_RETURN_NOT_OK(ReadJobFlags(flags));
  ARROW_ASSIGN_OR_RAISE(const EffectiveSettings settings, ResolveJobFlags(flags));
  return flags->output == "json" ? Print(Json(settings, flags->options), Form::kData)
                                 : Print(Table(settings, flags->options), Form::kText);
}

}  // namespace

std::function<arrow::Status()> AddConfigCommand(CLI::App& app) {
  CLI::App* const config = app.add_subcommand("config", "Look at the settings of a run");
  config->require_subcommand(1);
  CLI::App* const show = config->add_subcommand(
      "show", "The settings that `run` with the same flags has, and where each comes from; no secrets");
  const auto flags = AddRunFlags(show);
  AddSourceFlag(show, flags.get());
  return [flags] { return Show(flags.get()); };
}

}  // namespace costream
