// A flag whose value is one of a few words.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace costream {

// Adds the option; its help shows the words in this order, the first being the default.
template <typename Value>
CLI::Option* AddChoice(CLI::App* app, const std::string& name, Value* value, const std::string& description,
                       const std::vector<std::pair<std::string, Value>>& choices) {
  std::vector<std::string> words;
  for (const auto& choice : choices) words.push_back(choice.first);
  const std::map<std::string, Value> values(choices.begin(), choices.end());
  return app
      ->add_option_function<std::string>(
          name, [value, values](const std::string& word) { *value = values.at(word); }, description)
      ->check(CLI::IsMember(words))
      ->default_str(words.front());
}

}  // namespace costream
