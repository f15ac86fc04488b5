#include "job/check.h"

#include <unistd.h>

#include <filesystem>

#include "base/machine.h"
#include "job/check_database.h"
#include "job/memory_limit.h"
#include "job/preview.h"
#include "source/postgres_target.h"
#include "source/reference_json.h"
#include "source/s3.h"

namespace costream {
namespace {

constexpr const char* kReports = "reports";

std::string Mega(int64_t bytes) { return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6); }

class Checker {
 public:
  explicit Checker(const RunOptions& options) : options_(options) {}

  arrow::Result<CheckList> Check() {
    for (const auto step : {&Checker::CheckStorage, &Checker::CheckReferenceFile, &Checker::CheckReports,
                            &Checker::CheckTarget, &Checker::CheckMachine}) {
      (this->*step)();
      if (options_.cancelled && options_.cancelled()) return MakeError(ErrorKind::kCancelled, "stopped");
    }
    return std::move(list_);
  }

 private:
  void CheckStorage() {
    for (const std::string& input : options_.inputs) {
      std::error_code error;
      if (IsS3(input)) {
        CheckStore(input);
      } else if (std::filesystem::exists(input, error)) {
        list_.Ok("storage", input);
      } else {
        list_.Fail("storage", InputError("{}: no such file or directory", input),
                   "name report files or a directory that holds them: INPUT, or ocp.parquet_path_* of the "
                   "config file (without a section s3 they are local paths)");
        storage_failed_ = true;
      }
    }
  }

  void CheckStore(const std::string& input) {
    S3Settings settings = options_.s3;
    settings.cancelled = options_.cancelled;
    const std::string endpoint = settings.endpoint.empty() || settings.endpoint.find('@') != std::string::npos
                                     ? "S3"
                                     : settings.endpoint;
    const auto files = [&]() -> arrow::Result<std::vector<InputFilePtr>> {
      ARROW_ASSIGN_OR_RAISE(const auto store, S3Store::Make(settings));
      return store->List(input);
    }();
    if (files.ok()) {
      int64_t bytes = 0;
      for (const InputFilePtr& file : *files) bytes += file->bytes();
      list_.Ok("storage", fmt::format("{}: {}, {} objects, {}", endpoint, input, files->size(), Mega(bytes)));
      return;
    }
    storage_failed_ = true;
    const bool away = KindOf(files.status()) == ErrorKind::kTransient;
    list_.Fail(
        "storage", WithContext(files.status(), endpoint),
        away ? "see whether the store runs and can be reached from here; its address is s3.endpoint "
               "(S3_ENDPOINT, --s3-endpoint)"
             : "name a bucket that is there (s3.bucket, S3_BUCKET), with keys that may list and read it "
               "(s3.access_key, s3.secret_key; S3_ACCESS_KEY, S3_SECRET_KEY)");
  }

  void CheckReferenceFile() {
    if (options_.reference.empty() || IsPostgresTarget(options_.reference)) return;
    const auto read = ReadReferenceJson(options_.reference);
    if (read.ok()) {
      reference_ = *read;
      list_.Ok("reference file", options_.reference);
    } else {
      reference_failed_ = true;
      list_.Fail("reference file", read.status(), "mend the file, or name another with --reference");
    }
  }

  void CheckReports() {
    scope_.source = options_.source ? options_.source : reference_.source;
    scope_.first_day = options_.start;
    scope_.last_day = options_.end;
    scope_.month = options_.month ? options_.month : reference_.month;
    if (!scope_.month && scope_.first_day) scope_.month = MonthOf(*scope_.first_day);
    if (storage_failed_ || reference_failed_) {
      return list_.Skip(kReports, "the input cannot be looked at, see above");
    }
    const auto plan = MakePlan(options_, reference_);
    const auto preview = plan.ok() ? DescribePlan(options_, *plan) : plan.status();
    if (!preview.ok()) return list_.Fail(kReports, preview.status(), RemedyOfPlan(preview.status()));
    const RunScope& scope = preview->scope;
    planned_ = scope;
    scope_ = {scope.identity.source, preview->month, scope.first_day, scope.last_day};
    list_.Ok("layout", fmt::format("{}", fmt::join(preview->layouts, ", ")));
    list_.Ok("source", fmt::format("{}, {} to {}", scope.identity.source, FormatDay(scope.first_day),
                                   FormatDay(scope.last_day)));
    for (const ReportKind kind : kAllReports) CheckReport(kind, *preview);
    row_group_bytes_ = plan->row_group_bytes;
  }

  static std::string RemedyOfPlan(const arrow::Status& error) {
    switch (KindOf(error)) {
      case ErrorKind::kInput:
        return "put the month's reports there, or mend the path: ocp.provider_uuid, year, month and "
               "parquet_path_* of the config file, or INPUT; a file that cannot be read is to be replaced";
      case ErrorKind::kTransient:
        return "try again";
      default:
        return "settle it by the flag that is named, or its key in the config file (costream config show)";
    }
  }

  void CheckReport(ReportKind kind, const Preview& preview) {
    const std::string name(SpecOf(kind).name);
    if (kind == ReportKind::kStorage && !options_.rows.storage) {
      return list_.Skip(name, "storage rows are switched off");
    }
    std::vector<std::string> tables;
    for (const TableRead& read : preview.tables) {
      if (read.table.kind != kind) continue;
      tables.push_back(fmt::format("{}: {} files, {}{} rows, {}", NameOf(read.table.granularity), read.files,
                                   read.rows_estimated ? "about " : "", read.rows, Mega(read.bytes)));
    }
    for (const UnreadTable& unread : preview.unread) {
      if (unread.table.kind != kind) continue;
      tables.push_back(fmt::format("{}: {} files, {} rows, not needed", NameOf(unread.table.granularity),
                                   unread.files, unread.rows));
    }
    if (!tables.empty()) return list_.Ok(name, fmt::format("{}", fmt::join(tables, "; ")));
    const RunScope& scope = preview.scope;
    if (kind != ReportKind::kPod || !(options_.rows.pod || options_.rows.unallocated)) {
      return list_.Ok(name, "none for these days");
    }
    list_.Fail(
        name,
        InputError("no pod report of {} to {} in the input", FormatDay(scope.first_day),
                   FormatDay(scope.last_day)),
        "see whether the month's pod reports have arrived, and whether source, year and month are right");
  }

  void CheckTarget() {
    const size_t failed_before = list_.failed();
    CheckDatabase(options_, scope_, reference_, &list_);
    if (options_.target.empty()) {
      return list_.Skip("target",
                        "none is named (--to, or a section postgresql): rows would only be counted");
    }
    if (list_.failed() > failed_before) return list_.Skip("target", "the database cannot be used, see above");
    if (!planned_) return list_.Skip("target", "what it replaces depends on the reports, see above");
    const auto existing = [&]() -> arrow::Result<ExistingRows> {
      ARROW_RETURN_NOT_OK(CheckFolderOfTarget());
      ARROW_ASSIGN_OR_RAISE(const auto sink, SinkOf(options_));
      return sink->Existing(*planned_);
    }();
    const std::string shown = ShownTarget(options_.target);
    if (!existing.ok()) {
      return list_.Fail("target", existing.status(), "mend the target (--to) as the message says");
    }
    int64_t rows = existing->of_file.value_or(0);
    for (const auto& [day, count] : existing->of_days) rows += count;
    list_.Ok("target", fmt::format("{}: {} rows would be replaced", shown, rows));
  }

  // Of a file on disk.
  arrow::Status CheckFolderOfTarget() const {
    const std::string& target = options_.target;
    if (!IsReplacedWhole(target) || IsS3(target) || target == "-") return arrow::Status::OK();
    const std::string above = std::filesystem::path(target).parent_path().string();
    const std::string folder = above.empty() ? "." : above;
    std::error_code error;
    if (std::filesystem::is_directory(folder, error) && access(folder.c_str(), W_OK) == 0)
      return arrow::Status::OK();
    return UsageError("--to {}: {} is not a folder that can be written", target, folder);
  }

  void CheckMachine() {
    const int processors = AvailableProcessors();
    const auto memory = MemoryLimit::Make(options_.memory_limit_bytes);
    if (memory.ok()) {
      list_.Ok("memory", fmt::format("limit {} MiB; machine and control group allow {} MiB",
                                     memory->bytes() >> 20, AvailableMemoryBytes() >> 20));
      const int wanted = options_.threads > 0 ? options_.threads : processors;
      list_.Ok("processors", fmt::format("{} by machine and control group; {} threads", processors,
                                         memory->Threads(wanted, row_group_bytes_)));
    } else {
      list_.Fail(
          "memory", memory.status(),
          "give the container more memory (resources.limits.memory), or raise performance.memory_limit "
          "(--memory-limit)");
      list_.Ok("processors", fmt::format("{} by machine and control group", processors));
    }
    CheckSpillFolder(memory.ok() && options_.spill_folder.empty() ? memory->spill_folder()
                                                                  : options_.spill_folder);
  }

  // Days that outgrow the limit go there.
  void CheckSpillFolder(const std::string& folder) {
    if (folder.empty()) return list_.Skip("spill folder", "the memory limit cannot be used, see above");
    std::error_code error;
    const auto space = std::filesystem::space(folder, error);
    if (error || !std::filesystem::is_directory(folder, error) || access(folder.c_str(), W_OK) != 0) {
      return list_.Fail(
          "spill folder", UsageError("{}: is not a folder that can be written", folder),
          "mount a volume that can be written there, or name another folder (TMPDIR, --spill-dir)");
    }
    list_.Ok("spill folder", fmt::format("{}: {} free", folder, Mega(static_cast<int64_t>(space.available))));
  }

  const RunOptions& options_;
  CheckList list_;
  ReferenceData reference_;
  CheckedScope scope_;
  std::optional<RunScope> planned_;
  int64_t row_group_bytes_ = 0;
  bool storage_failed_ = false, reference_failed_ = false;
};

}  // namespace

arrow::Result<CheckList> CheckRun(const RunOptions& options) { return Checker(options).Check(); }

}  // namespace costream
