#pragma once

#include <arrow/status.h>

#include <CLI/CLI.hpp>
#include <functional>

namespace costream {

// Each adds a subcommand with its options to `app` and returns what runs it; call that after parsing, if the
// subcommand was given.
std::function<arrow::Status()> AddRunCommand(CLI::App& app);
std::function<arrow::Status()> AddCheckCommand(CLI::App& app);
std::function<arrow::Status()> AddConfigCommand(CLI::App& app);
std::function<arrow::Status()> AddConvertCommand(CLI::App& app);
std::function<arrow::Status()> AddGenerateCommand(CLI::App& app);
std::function<arrow::Status()> AddBenchCommand(CLI::App& app);
std::function<arrow::Status()> AddInitDbCommand(CLI::App& app);
std::function<arrow::Status()> AddDiffCommand(CLI::App& app);
std::function<arrow::Status()> AddPlanCommand(CLI::App& app);
std::function<arrow::Status()> AddExplainCommand(CLI::App& app);
std::function<arrow::Status()> AddReportCommand(CLI::App& app);
std::function<arrow::Status()> AddServeCommand(CLI::App& app);
std::function<arrow::Status()> AddDemoCommand(CLI::App& app);
std::function<arrow::Status()> AddVersionCommand(CLI::App& app);
std::function<arrow::Status()> AddCompletionCommand(CLI::App& app);
std::function<arrow::Status()> AddManualCommand(CLI::App& app);

}  // namespace costream
