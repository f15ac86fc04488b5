#include "sink/staged_runs.h"

#include <filesystem>

#include "base/error.h"
#include "sink/day_file.h"
#include "sink/staged_days.h"

namespace costream {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUnitsFolder = ".costream-units/";

class DaysSink : public UnitSink {
 public:
  explicit DaysSink(std::unique_ptr<Sink> directory) : directory_(std::move(directory)) {}

  arrow::Status Begin(const RunScope& scope) override { return directory_->Begin(scope); }
  arrow::Status Commit(const std::vector<Day>& days) override { return directory_->Commit(days); }
  void Abort() override { directory_->Abort(); }

 private:
  arrow::Status WriteRows(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    return directory_->Write(batch);
  }

  const std::unique_ptr<Sink> directory_;
};

arrow::Status WritePart(const DirectoryOfDays& part, const SinkOptions& options, const RunScope& scope,
                        Sink* sink, std::vector<Day>* with_rows) {
  ARROW_ASSIGN_OR_RAISE(const auto days, StagedDays::Look(part.directory, scope.identity.source, options));
  int64_t rows = 0;
  RowChecksum checksum;
  for (Day day = part.first_day; day <= part.last_day; ++day) {
    const int64_t before = rows;
    ARROW_RETURN_NOT_OK(
        ReadDayFile(days->FileOf(day), scope.kinds, options.measures, [&](const arrow::RecordBatch& batch) {
          rows += batch.num_rows();
          checksum.Add(batch);
          return sink->Write(arrow::RecordBatch::Make(batch.schema(), batch.num_rows(), batch.columns()));
        }));
    if (rows > before) with_rows->push_back(day);
  }
  if (rows == part.rows && checksum.Text() == part.checksum) return arrow::Status::OK();
  return MakeError(
      ErrorKind::kTransient,
      fmt::format("{}: the staged rows are not those that the task has made (count or checksum; {} of {} "
                  "rows); run again",
                  part.directory, rows, part.rows));
}

}  // namespace

arrow::Result<std::unique_ptr<UnitSink>> MakeDaysSink(const std::string& directory,
                                                      const SinkOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto sink, MakeSink(directory, options));
  return std::make_unique<DaysSink>(std::move(sink));
}

arrow::Status ReplaceByDirectories(const std::string& target, const SinkOptions& options,
                                   const RunScope& scope, const std::vector<DirectoryOfDays>& parts) {
  ARROW_ASSIGN_OR_RAISE(const auto sink, MakeSink(target, options));
  ARROW_RETURN_NOT_OK(sink->Begin(scope));
  std::vector<Day> with_rows;
  for (const DirectoryOfDays& part : parts) {
    ARROW_RETURN_NOT_OK(WritePart(part, options, scope, sink.get(), &with_rows));
  }
  return sink->Commit(with_rows);
}

arrow::Status ForgetRuns(const std::string& target, const SinkOptions& options, const std::string& run,
                         const std::string& oldest) {
  const std::string folder = target + kUnitsFolder;
  const auto goes = [&](const std::string& name) { return name == run || name < oldest; };
  if (IsS3(target)) {
    ARROW_ASSIGN_OR_RAISE(const auto store, S3Store::Make(options.s3));
    ARROW_ASSIGN_OR_RAISE(const auto objects, store->List(folder));
    for (const InputFilePtr& object : objects) {
      const std::string below =
          object->name().substr(object->name().find(kUnitsFolder) + std::string_view(kUnitsFolder).size());
      if (goes(below.substr(0, below.find('/')))) ARROW_RETURN_NOT_OK(store->Delete(object->name()));
    }
    return arrow::Status::OK();
  }
  std::error_code error;
  std::vector<fs::path> gone;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (goes(entry.path().filename().string())) gone.push_back(entry.path());
  }
  for (const fs::path& path : gone) fs::remove_all(path, error);
  fs::remove(folder, error);  // where it is empty
  return arrow::Status::OK();
}

}  // namespace costream
