// What tells of the commands themselves: `version`, `completion`, and `manual`, which is for packages and not
// shown in the help.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>
#include <string>

#include "base/error.h"
#include "commands.h"
#include "completions.h"
#include "man_pages.h"
#include "print.h"
#include "version.h"

namespace costream {
namespace {

arrow::Status WriteManual(const CLI::App& app, const std::string& folder) {
  for (const auto& [name, text] : ManPages(app, CommitDate())) {
    std::ofstream file(folder + "/" + name);
    file << text;
    file.close();
    if (!file) return UsageError("{}/{} cannot be written; name a directory that exists", folder, name);
  }
  return arrow::Status::OK();
}

}  // namespace

std::function<arrow::Status()> AddVersionCommand(CLI::App& app) {
  app.add_subcommand("version", "Show version, commit and libraries");
  return [] { return Print(VersionText() + "\n", Form::kText); };
}

std::function<arrow::Status()> AddCompletionCommand(CLI::App& app) {
  CLI::App* const completion =
      app.add_subcommand("completion", "Print the script that lets a shell complete commands and flags");
  const auto shell = std::make_shared<std::string>();
  completion->add_option("SHELL", *shell, "Which shell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->footer("Try:  source <(costream completion bash)");
  return [shell, &app] {
    return Print(*shell == "bash"  ? BashCompletion(app)
                 : *shell == "zsh" ? ZshCompletion(app)
                                   : FishCompletion(app),
                 Form::kData);
  };
}

std::function<arrow::Status()> AddManualCommand(CLI::App& app) {
  CLI::App* const manual = app.add_subcommand("manual", "Write the manual, a page for each command");
  manual->group("");
  const auto folder = std::make_shared<std::string>();
  manual->add_option("DIR", *folder, "Directory to write to")->required();
  return [folder, &app] { return WriteManual(app, *folder); };
}

}  // namespace costream
