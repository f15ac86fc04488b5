#include "sink/directory_sink.h"

#include <arrow/array.h>

#include <algorithm>
#include <iterator>

#include "sink/atomic_file.h"
#include "sink/day_file.h"
#include "sink/existing_rows.h"
#include "sink/staged_days.h"

namespace costream {
namespace {

class DirectorySink : public Sink {
 public:
  DirectorySink(std::string path, const SinkOptions& options) : path_(std::move(path)), options_(options) {}

  arrow::Result<ExistingRows> Existing(const RunScope& scope) override {
    SetScope(scope);
    ARROW_ASSIGN_OR_RAISE(days_, StagedDays::Look(path_, scope.identity.source, options_));
    ExistingRows existing;
    for (Day day = scope.first_day; day <= scope.last_day; ++day) {
      ARROW_RETURN_NOT_OK(days_->CheckDay(day));
      ARROW_ASSIGN_OR_RAISE(const int64_t rows, RowsReplaced(days_->FileOf(day)));
      if (rows > 0) existing.of_days[day] = rows;
    }
    return existing;
  }

  arrow::Status Begin(const RunScope& scope) override {
    SetScope(scope);
    ARROW_ASSIGN_OR_RAISE(days_, StagedDays::Open(path_, scope.identity.source, options_));
    for (Day day = scope.first_day; day <= scope.last_day; ++day) ARROW_RETURN_NOT_OK(days_->CheckDay(day));
    return arrow::Status::OK();
  }

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    const auto& days = static_cast<const arrow::Date32Array&>(*batch->column(kUsageStart));
    for (int64_t begin = 0, end = 0; begin < batch->num_rows(); begin = end) {
      const Day day = days.Value(begin);
      const RowKind kind = KindOfRow(*batch, begin);
      for (end = begin + 1;
           end < batch->num_rows() && days.Value(end) == day && KindOfRow(*batch, end) == kind;) {
        ++end;
      }
      while (next_day_ < day) ARROW_RETURN_NOT_OK(FinishDay());
      ARROW_RETURN_NOT_OK(OpenDay());
      ARROW_RETURN_NOT_OK(KeepRowsBefore(static_cast<int>(kind)));
      ARROW_RETURN_NOT_OK(WriteError(path_, file_->Write(*batch->Slice(begin, end - begin))));
    }
    return arrow::Status::OK();
  }

  arrow::Status Commit(const std::vector<Day>& days) override {
    while (next_day_ <= scope_.last_day) ARROW_RETURN_NOT_OK(FinishDay());
    std::vector<Day> emptied;
    std::set_difference(emptied_.begin(), emptied_.end(), days.begin(), days.end(),
                        std::back_inserter(emptied));
    if (!emptied.empty() && !options_.allow_empty) return EmptyDaysRefused(path_, emptied);
    return days_->Commit();
  }

  void Abort() override {
    file_.reset();
    if (days_) days_->Abort();
  }

 private:
  void SetScope(const RunScope& scope) {
    scope_ = scope;
    kept_ = {!scope.kinds.pod, !scope.kinds.storage, !scope.kinds.unallocated};
    next_day_ = scope.first_day;
  }

  // The rows of a day's file that the run stands for.
  arrow::Result<int64_t> RowsReplaced(const InputFilePtr& file) const {
    ARROW_ASSIGN_OR_RAISE(const int64_t all, CountParquetRows(file, path_));
    if (all == 0 || (!kept_.pod && !kept_.storage && !kept_.unallocated)) return all;
    int64_t rows = 0;
    ARROW_RETURN_NOT_OK(ReadDayFile(file, scope_.kinds, options_.measures, [&](const auto& batch) {
      rows += batch.num_rows();
      return arrow::Status::OK();
    }));
    return rows;
  }

  // The new file of the next day, for its first row.
  arrow::Status OpenDay() {
    if (file_) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(auto staged, days_->Stage(next_day_));
    auto file = NewDayFile::Create(std::move(staged), options_.measures);
    ARROW_RETURN_NOT_OK(WriteError(path_, file.status()));
    file_ = *std::move(file);
    next_kind_ = 0;
    return arrow::Status::OK();
  }

  // Copies the day's rows of kinds that the run leaves alone, up to that kind: rows stay in order.
  arrow::Status KeepRowsBefore(int kind) {
    for (; next_kind_ < kind; ++next_kind_) {
      const RowKindSet one = {next_kind_ == 0, next_kind_ == 1, next_kind_ == 2};
      if (!Holds(kept_, static_cast<RowKind>(next_kind_))) continue;
      ARROW_RETURN_NOT_OK(
          ReadDayFile(days_->FileOf(next_day_), one, options_.measures,
                      [&](const arrow::RecordBatch& rows) { return WriteError(path_, file_->Write(rows)); }));
    }
    return arrow::Status::OK();
  }

  // No more rows come for the next day: it is staged, or its existing rows are to go.
  arrow::Status FinishDay() {
    if (!file_) {
      ARROW_ASSIGN_OR_RAISE(const bool replaces, ReplacesRows());
      if (replaces) {
        emptied_.push_back(next_day_);
        ARROW_RETURN_NOT_OK(OpenDay());
      }
    }
    if (file_) {
      ARROW_RETURN_NOT_OK(KeepRowsBefore(kRowKinds));
      ARROW_RETURN_NOT_OK(WriteError(path_, file_->Finish()));
      if (file_->rows() == 0) days_->Remove(next_day_);
      file_.reset();
    }
    ++next_day_;
    return arrow::Status::OK();
  }

  // Whether the next day has rows that the run stands for.
  arrow::Result<bool> ReplacesRows() const {
    const InputFilePtr file = days_->FileOf(next_day_);
    if (!ParquetHasRows(file)) return false;
    if (!kept_.pod && !kept_.storage && !kept_.unallocated) return true;
    bool found = false;
    ARROW_RETURN_NOT_OK(ReadDayFile(file, scope_.kinds, options_.measures, [&](const auto&) {
      found = true;
      return arrow::Status::OK();
    }));
    return found;
  }

  const std::string path_;
  const SinkOptions options_;
  RunScope scope_;
  RowKindSet kept_;  // of rows that exist
  std::unique_ptr<StagedDays> days_;
  Day next_day_ = 0;  // whose rows are being written
  std::unique_ptr<NewDayFile> file_;
  int next_kind_ = 0;         // in the file: that no row of it has been kept yet
  std::vector<Day> emptied_;  // whose rows are replaced by nothing, ascending
};

}  // namespace

std::unique_ptr<Sink> MakeDirectorySink(const std::string& path, const SinkOptions& options) {
  return std::make_unique<DirectorySink>(path, options);
}

}  // namespace costream
