#include "nearest.h"

#include <fmt/format.h>

#include <algorithm>

#include "command_tree.h"

namespace costream {
namespace {

// Letters to insert, leave out, replace or swap with the next one.
size_t Slips(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> slips(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        slips[i][j] = i + j;
        continue;
      }
      slips[i][j] = std::min(
          {slips[i - 1][j] + 1, slips[i][j - 1] + 1, slips[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        slips[i][j] = std::min(slips[i][j], slips[i - 2][j - 2] + 1);
    }
  }
  return slips[a.size()][b.size()];
}

const CLI::App* Deepest(const CLI::App* app) {
  while (!app->get_subcommands().empty()) app = app->get_subcommands().back();
  return app;
}

// Of the first argument that no one took; empty where all were.
std::string UnknownArgument(const CLI::App& command) {
  const std::vector<std::string> left = command.remaining();
  if (left.empty()) return "";
  const bool is_flag = left.front().starts_with("-");
  const std::string word = left.front().substr(0, is_flag ? left.front().find('=') : std::string::npos);
  std::vector<std::string> known;
  if (is_flag) {
    for (const OptionFacts& option : OptionsOf(command))
      known.insert(known.end(), option.names.begin(), option.names.end());
  } else {
    for (const CLI::App* child : CommandsOf(command)) known.push_back(child->get_name());
    if (known.empty()) return fmt::format("'{}' is one argument too many", word);
  }
  const auto nearest = Nearest(word, known);
  return fmt::format("there is no {} '{}'{}", is_flag ? "flag" : "command", word,
                     nearest ? fmt::format("; did you mean '{}'?", *nearest) : "");
}

}  // namespace

std::optional<std::string> Nearest(const std::string& word, const std::vector<std::string>& known) {
  if (word.find_first_not_of('-') == word.npos || word.size() > 64) return std::nullopt;
  for (const std::string& name : known) {
    if (word.size() > 3 && name.starts_with(word)) return name;
  }
  std::optional<std::string> nearest;
  size_t fewest = word.size() / 3 + 1;
  for (const std::string& name : known) {
    const size_t slips = Slips(word, name);
    if (slips < fewest) {
      fewest = slips;
      nearest = name;
    }
  }
  return nearest;
}

std::string ExplainParseError(const CLI::App* app, const CLI::Error& error) {
  const CLI::App* const command = Deepest(app);
  const auto code = static_cast<CLI::ExitCodes>(error.get_exit_code());
  std::string text;
  if (code == CLI::ExitCodes::ExtrasError || code == CLI::ExitCodes::RequiredError)
    text = UnknownArgument(*command);
  return fmt::format("{}\nTry: {} --help", text.empty() ? error.what() : text, FullNameOf(*command));
}

}  // namespace costream
