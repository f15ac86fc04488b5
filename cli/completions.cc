#include "completions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>

#include "command_tree.h"

namespace costream {
namespace {

// "/config/show"; the program itself is "".
std::string PathOf(const CLI::App& command) {
  const CLI::App* const parent = command.get_parent();
  return parent ? PathOf(*parent) + "/" + command.get_name() : "";
}

void ForEach(const CLI::App& command, const std::function<void(const CLI::App&)>& what) {
  what(command);
  for (const CLI::App* child : CommandsOf(command)) ForEach(*child, what);
}

// "/run|/config|/config/show": what a script compares the words so far with.
std::string PathPattern(const CLI::App& app, const std::string& separator, const std::string& quote) {
  std::vector<std::string> paths;
  ForEach(app, [&](const CLI::App& command) {
    if (command.get_parent()) paths.push_back(quote + PathOf(command) + quote);
  });
  return fmt::format("{}", fmt::join(paths, separator));
}

std::string Replaced(std::string text, const std::string& what, const std::string& with) {
  for (size_t at = 0; (at = text.find(what, at)) != text.npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

}  // namespace

std::string BashCompletion(const CLI::App& app) {
  std::string flags, values;
  ForEach(app, [&](const CLI::App& command) {
    std::vector<std::string> words;
    for (const CLI::App* child : CommandsOf(command)) words.push_back(child->get_name());
    for (const OptionFacts& option : OptionsOf(command)) {
      words.insert(words.end(), option.names.begin(), option.names.end());
      if (option.names.empty() || option.value.empty()) continue;
      // Without words to choose from, the file names that bash itself offers.
      values += fmt::format("    '{} {}') words='{}' ;;\n", PathOf(command),
                            fmt::join(option.names, fmt::format("' | '{} ", PathOf(command))),
                            fmt::join(option.choices, " "));
    }
    flags += fmt::format("        '{}') words='{}' ;;\n", PathOf(command), fmt::join(words, " "));
  });
  return fmt::format(R"(# bash completion of costream: made by `costream completion bash`
_costream() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} command= word words
  if [ "$current" = '=' ]; then
    current=
  elif [ "$before" = '=' ]; then
    before=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case $command/$word in
      {}) command=$command/$word ;;
    esac
  done
  case "$command $before" in
{}    *)
      case $command in
{}      esac
      ;;
  esac
  # File names are what is asked for after the commands, unless a flag is begun.
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}
complete -o default -F _costream costream
)",
                     PathPattern(app, " | ", ""), values, flags);
}

std::string ZshCompletion(const CLI::App& app) {
  std::string functions;
  ForEach(app, [&](const CLI::App& command) {
    const std::string name = "_costream" + Replaced(PathOf(command), "/", "__");
    std::string specs;
    // Inside '...[...]:value:...', where these characters mean something.
    const auto quoted = [](std::string text) {
      for (const char* const special : {"\\", "[", "]", ":"})
        text = Replaced(text, special, std::string("\\") + special);
      return Replaced(text, "'", "'\\''");
    };
    for (const OptionFacts& option : OptionsOf(command)) {
      const std::string value =
          option.value.empty()
              ? ""
              : fmt::format(
                    ":{}:{}", quoted(option.value),
                    option.choices.empty() ? "_files" : fmt::format("({})", fmt::join(option.choices, " ")));
      if (option.names.empty()) {
        specs += fmt::format(" \\\n    '{}{}'", option.repeated ? "*" : "", value);
      }
      for (const std::string& flag : option.names) {
        const bool joined = !option.value.empty() && flag.starts_with("--");
        specs += fmt::format(" \\\n    '{}{}{}[{}]{}'", option.repeated ? "*" : "", flag, joined ? "=" : "",
                             quoted(option.description), value);
      }
    }
    const auto children = CommandsOf(command);
    if (children.empty()) {
      functions += fmt::format("{}() {{\n  _arguments{}\n}}\n\n", name, specs);
      return;
    }
    std::string described;
    for (const CLI::App* child : children)
      described += fmt::format("\n        '{}:{}'", child->get_name(), quoted(child->get_description()));
    functions += fmt::format(R"({0}() {{
  local line state
  _arguments -C{1} \
    '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands=({2})
      _describe command commands
      ;;
    argument)
      (( $+functions[{0}__$line[1]] )) && {0}__$line[1]
      ;;
  esac
}}

)",
                             name, specs, described);
  });
  return fmt::format(R"(#compdef costream
# zsh completion of costream: made by `costream completion zsh`
{}if [ "$funcstack[1]" = _costream ]; then
  _costream "$@"
else
  compdef _costream costream
fi
)",
                     functions);
}

std::string FishCompletion(const CLI::App& app) {
  const auto quoted = [](const std::string& text) {
    return "'" + Replaced(Replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
  };
  std::string out = fmt::format(R"(# fish completion of costream: made by `costream completion fish`
function __costream_command
    set -l command ''
    for word in (commandline -opc)[2..-1]
        if contains -- $command/$word {}
            set command $command/$word
        end
    end
    echo $command
end
)",
                                PathPattern(app, " ", ""));
  ForEach(app, [&](const CLI::App& command) {
    const std::string here =
        fmt::format("complete -c costream -n 'test \"$(__costream_command)\" = \"{}\"'", PathOf(command));
    for (const CLI::App* child : CommandsOf(command))
      out += fmt::format("{} -f -a {} -d {}\n", here, child->get_name(), quoted(child->get_description()));
    for (const OptionFacts& option : OptionsOf(command)) {
      if (option.names.empty()) continue;
      out += here;
      for (const std::string& name : option.names)
        out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      if (!option.choices.empty()) {
        out += fmt::format(" -x -a '{}'", fmt::join(option.choices, " "));
      } else if (!option.value.empty()) {
        out += " -r";
      }
      out += fmt::format(" -d {}\n", quoted(option.description));
    }
  });
  return out;
}

}  // namespace costream
