#include "flags.h"

#include <algorithm>

#include "base/error.h"
#include "base/process_memory.h"
#include "job/memory_limit.h"

namespace costream {
namespace {

void AddCaller(const Cancelled& cancelled, RunOptions* options) {
  options->cancelled = cancelled;
  options->memory_limit_bytes = ResidentBytes() + options->memory_limit_bytes.value_or(kDefaultMemoryBytes);
}

}  // namespace

arrow::Status ParseFlags(CLI::App* app, Arguments arguments) {
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
  try {
    app->parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return UsageError("{}", error.what());
  }
  return arrow::Status::OK();
}

arrow::Status FinishFlags(const Cancelled& cancelled, JobFlags* flags) {
  ARROW_RETURN_NOT_OK(ReadJobFlags(flags));
  ARROW_RETURN_NOT_OK(FinishJobFlags(flags).status());
  AddCaller(cancelled, &flags->options);
  return arrow::Status::OK();
}

arrow::Status FinishFlagsOfStreams(const Cancelled& cancelled, JobFlags* flags) {
  ARROW_RETURN_NOT_OK(ReadJobFlags(flags));
  ARROW_RETURN_NOT_OK(ResolveJobFlags(flags).status());
  RunOptions& options = flags->options;
  options.cancelled = cancelled;
  options.in_own_process = false;
  options.mode = Mode::kStreaming;
  options.threads = 1;
  return arrow::Status::OK();
}

arrow::Status FinishFlagsWithoutInput(const Cancelled& cancelled, JobFlags* flags) {
  ARROW_RETURN_NOT_OK(ReadJobFlags(flags));
  ARROW_RETURN_NOT_OK(ResolveJobFlags(flags).status());
  AddCaller(cancelled, &flags->options);
  return arrow::Status::OK();
}

arrow::Status FinishFlagsOfOthers(const Cancelled& cancelled, JobFlags* flags) {
  ARROW_RETURN_NOT_OK(ReadJobFlags(flags));
  ARROW_RETURN_NOT_OK(FinishJobFlags(flags).status());
  flags->options.cancelled = cancelled;
  return arrow::Status::OK();
}

void RunWithFlags(const Arguments& arguments, arrow::Status (*finish)(const Cancelled&, JobFlags*),
                  const std::function<arrow::Status(RunFlags*)>& work, const std::function<void()>& tick,
                  Feed* feed) {
  const auto run = [&](const Cancelled& cancelled) -> arrow::Status {
    CLI::App app("", "costream.run");
    const auto flags = AddRunFlags(&app);
    AddSourceFlag(&app, flags.get());
    ARROW_RETURN_NOT_OK(ParseFlags(&app, arguments));
    ARROW_RETURN_NOT_OK(finish(cancelled, flags.get()));
    return work(flags.get());
  };
  RunOnOwnThread(run, tick, feed);
}

}  // namespace costream
