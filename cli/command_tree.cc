#include "command_tree.h"

namespace costream {
namespace {

// Of a type name like TEXT:{auto,streaming}.
std::vector<std::string> ChoicesOf(const std::string& type) {
  const size_t begin = type.find(":{");
  if (begin == type.npos || type.back() != '}') return {};
  return CLI::detail::split(type.substr(begin + 2, type.size() - begin - 3), ',');
}

OptionFacts FactsOf(const CLI::Option& option) {
  OptionFacts facts;
  for (const std::string& name : option.get_lnames()) facts.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) facts.names.push_back("-" + name);
  const std::string type = option.get_type_name();
  if (facts.names.empty()) {
    facts.value = option.get_name(true, false);
  } else if (option.get_type_size() != 0) {
    facts.value = type.substr(0, type.find_first_of(": "));
  }
  facts.choices = ChoicesOf(type);
  facts.description = option.get_description();
  facts.default_text = option.get_default_str();
  facts.required = option.get_required();
  facts.repeated = option.get_expected_max() == CLI::detail::expected_max_vector_size;
  return facts;
}

}  // namespace

std::vector<OptionFacts> OptionsOf(const CLI::App& command) {
  std::vector<OptionFacts> options;
  for (const CLI::Option* option : command.get_options()) options.push_back(FactsOf(*option));
  return options;
}

std::vector<const CLI::App*> CommandsOf(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App* child) { return !child->get_group().empty(); });
}

std::string FullNameOf(const CLI::App& command) {
  const CLI::App* const parent = command.get_parent();
  return parent ? FullNameOf(*parent) + " " + command.get_name() : command.get_name();
}

}  // namespace costream
