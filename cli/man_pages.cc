#include "man_pages.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>

#include "command_tree.h"

namespace costream {
namespace {

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '\\') {
      out += "\\e";
    } else if (letter == '-') {
      out += "\\-";
    } else {
      out += letter;
    }
  }
  return out.starts_with(".") || out.starts_with("'") ? "\\&" + out : out;
}

std::string PageOf(const CLI::App& command) {
  std::string name = FullNameOf(command);
  for (char& letter : name) letter = letter == ' ' ? '-' : letter;
  return name;
}

std::string Upper(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return text;
}

std::string Reference(const CLI::App& command) { return fmt::format(".BR {} (1)", Escaped(PageOf(command))); }

// In italics what the user replaces.
std::string Value(const OptionFacts& option) {
  if (option.choices.empty()) return fmt::format("\\fI{}\\fR", Escaped(option.value));
  std::vector<std::string> words;
  for (const std::string& choice : option.choices) words.push_back("\\fB" + Escaped(choice) + "\\fR");
  return fmt::format("{}", fmt::join(words, "|"));
}

std::string Synopsis(const CLI::App& command, const std::vector<OptionFacts>& options) {
  std::string out = fmt::format(".B {}\n", Escaped(FullNameOf(command)));
  const auto item = [&](const OptionFacts& option, const std::string& text) {
    out += fmt::format("{}{}{}{}\n", option.required ? "" : "[", text, option.repeated ? "\\ ..." : "",
                       option.required ? "" : "]");
  };
  for (const OptionFacts& option : options) {
    if (option.names.empty()) item(option, Value(option));
  }
  for (const OptionFacts& option : options) {
    if (!option.names.empty() && option.required)
      item(option, fmt::format("\\fB{}\\fR {}", Escaped(option.names.front()), Value(option)));
  }
  out += CommandsOf(command).empty() ? "[\\fIOPTIONS\\fR]\n" : "\\fICOMMAND\\fR\n[\\fIOPTIONS\\fR]\n";
  return out;
}

std::string Options(const std::vector<OptionFacts>& options) {
  std::string out;
  for (const OptionFacts& option : options) {
    std::vector<std::string> names;
    for (const std::string& name : option.names) names.push_back("\\fB" + Escaped(name) + "\\fR");
    std::string text = fmt::format("{}", fmt::join(names, ", "));
    if (!option.value.empty()) text += (text.empty() ? "" : " ") + Value(option);
    out += fmt::format(".TP\n{}\n{}", text, Escaped(option.description));
    if (!option.default_text.empty()) out += fmt::format(" (default {})", Escaped(option.default_text));
    out += ".\n";
  }
  return out;
}

constexpr const char* kExitStatus = R"(.SH EXIT STATUS
.TP
0
Done.
.TP
1
An internal error (a bug), or out of memory.
.TP
2
Usage, configuration, target or spill folder.
.TP
3
Input absent or unreadable.
.TP
4
Summaries that differ, or rows that are not as expected.
.TP
75
A service (S3, the database) is not to be had now; try again.
.TP
130, 143
Stopped by a signal.
)";

void AddPages(const CLI::App& command, const std::string& date,
              std::vector<std::pair<std::string, std::string>>* pages) {
  const std::string page = PageOf(command);
  const CLI::App* const parent = command.get_parent();
  const auto options = OptionsOf(command);
  const auto children = CommandsOf(command);
  std::string text =
      fmt::format(".TH {} 1 {} \"costream {}\" \"costream manual\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n{}",
                  Escaped(Upper(page)), date, COSTREAM_VERSION, Escaped(page),
                  Escaped(command.get_description()), Synopsis(command, options));
  if (!children.empty()) text += ".SH COMMANDS\n";
  for (const CLI::App* child : children)
    text += fmt::format(".TP\n{}\n{}.\n", Reference(*child), Escaped(child->get_description()));
  text += ".SH OPTIONS\n" + Options(options);
  if (!parent) {
    text += fmt::format("{}.SH EXAMPLES\n.nf\n{}\n.fi\n", kExitStatus, Escaped(command.get_footer()));
  } else {
    text += ".SH SEE ALSO\n" + Reference(*parent) + "\n";
  }
  pages->emplace_back(page + ".1", text);
  for (const CLI::App* child : children) AddPages(*child, date, pages);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> ManPages(const CLI::App& app, const std::string& date) {
  std::vector<std::pair<std::string, std::string>> pages;
  AddPages(app, date, &pages);
  return pages;
}

}  // namespace costream
