// The flags that the commands over a run's inputs have in common: run, plan, explain.
#pragma once

#include <arrow/result.h>

#include <CLI/CLI.hpp>
#include <string>

#include "config/config_file.h"
#include "config/effective.h"
#include "job/options.h"

namespace costream {

// The flags as given, and what is made of them.
struct JobFlags {
  CLI::App* command = nullptr;
  RunOptions options;
  std::string config;              // path of the config file; empty: none
  std::optional<ConfigFile> file;  // what it says, once it is read
  std::string month, start, end, rows, tracing_id;
  LoggingSettings logging;
};

// What a flag says; usage error where that is no day.
arrow::Result<Day> DayOfFlag(std::string_view flag, const std::string& text);

// Most that payloads may hold.
void AddPayloadFlags(CLI::App* command, PayloadLimits* limits);
// Where the S3 store is.
void AddS3Flags(CLI::App* command, S3Settings* s3);
// INPUT, the config file, whose rows (but see AddSourceFlag), the reference data, and how inputs are found
// and read.
void AddInputFlags(CLI::App* command, JobFlags* flags);
// --source, for a command that takes one.
void AddSourceFlag(CLI::App* command, JobFlags* flags);
// Which days, and which kinds of rows.
void AddDayFlags(CLI::App* command, JobFlags* flags);
// Where the rows go, and what they replace there.
void AddTargetFlags(CLI::App* command, JobFlags* flags);

// After parsing: takes days and kinds of rows from their words, names the run where --tracing-id does not,
// and reads the config file.
arrow::Status ReadJobFlags(JobFlags* flags);

// Then: completes the options by config file and environment, and tells where each setting comes from.
arrow::Result<EffectiveSettings> ResolveJobFlags(JobFlags* flags);

// The same for a command that goes on to do something: sets the log level, too. Usage error for what cannot
// be meant.
arrow::Result<EffectiveSettings> FinishJobFlags(JobFlags* flags);

}  // namespace costream
