#include "job/validating_sink.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "sink/parquet_sink.h"
#include "source/postgres_target.h"
#include "summary/diff_report.h"

namespace costream {
namespace {

constexpr const char* kRun = "the rows of this run";

class ValidatingSink : public Sink {
 public:
  ValidatingSink(Sink* sink, std::string expected, SummaryAccess access, std::string folder)
      : sink_(sink), expected_(std::move(expected)), access_(std::move(access)), folder_(std::move(folder)) {}
  ~ValidatingSink() override { Remove(); }

  arrow::Status Begin(const RunScope& scope) override {
    scope_ = scope;
    ARROW_ASSIGN_OR_RAISE(expected_rows_, OpenSummary(expected_, access_));
    file_ = folder_ + "/costream-XXXXXX.parquet";
    const int fd = mkstemps(file_.data(), static_cast<int>(std::strlen(".parquet")));
    if (fd < 0) return UsageError("--spill-dir {}: cannot be written: {}", folder_, std::strerror(errno));
    close(fd);
    copy_ = MakeParquetSink(file_, {});
    ARROW_RETURN_NOT_OK(copy_->Begin(scope));
    return sink_->Begin(scope);
  }

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    ARROW_RETURN_NOT_OK(copy_->Write(batch));
    return sink_->Write(batch);
  }

  arrow::Status Commit(const std::vector<Day>& days) override {
    ARROW_RETURN_NOT_OK(copy_->Commit(days));
    ARROW_ASSIGN_OR_RAISE(const auto rows, OpenSummary(file_));
    DiffOptions options;
    options.first_day = scope_.first_day;
    options.last_day = scope_.last_day;
    options.kinds = scope_.kinds;
    ARROW_ASSIGN_OR_RAISE(const SummaryDiff diff,
                          CompareSummaries(expected_rows_.get(), rows.get(), options));
    if (diff.equal()) return sink_->Commit(days);
    return MakeError(ErrorKind::kAnomaly,
                     fmt::format("--validate-expected: {}{}",
                                 DiffSentence(diff, {ShownTarget(expected_), kRun}), DiffLines(diff)));
  }

  void Abort() override {
    Remove();
    sink_->Abort();
  }

 private:
  void Remove() {
    copy_.reset();
    if (!file_.empty()) unlink(file_.c_str());
    file_.clear();
  }

  Sink* const sink_;
  const std::string expected_;
  const SummaryAccess access_;
  const std::string folder_;
  RunScope scope_;
  std::unique_ptr<SummaryReader> expected_rows_;
  std::string file_;  // of the copy
  std::unique_ptr<Sink> copy_;
};

}  // namespace

std::unique_ptr<Sink> MakeValidatingSink(Sink* sink, const std::string& expected, const SummaryAccess& access,
                                         const std::string& folder) {
  return std::make_unique<ValidatingSink>(sink, expected, access, folder);
}

}  // namespace costream
