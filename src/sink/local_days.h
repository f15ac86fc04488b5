// StagedDays on disk. In .costream: "lock", held by the run; the days' new files; the record.
#pragma once

#include <string>
#include <vector>

#include "sink/lock_file.h"
#include "sink/staged_days.h"

namespace costream {

class LocalDays : public StagedDays {
 public:
  static arrow::Result<std::unique_ptr<StagedDays>> Open(const std::string& target, const std::string& source,
                                                         const SinkOptions& options);
  static arrow::Result<std::unique_ptr<LocalDays>> Look(const std::string& target, const std::string& source);
  ~LocalDays() override;

  arrow::Status CheckDay(Day day) const override;
  InputFilePtr FileOf(Day day) const override { return LocalFile(PathOf(day)); }
  arrow::Result<std::unique_ptr<AtomicFile>> Stage(Day day) override;
  void Remove(Day day) override;
  arrow::Status Commit() override;
  void Abort() override;

 private:
  LocalDays(std::string target, std::string folder);
  std::string Hidden(const std::string& name) const;
  std::string PathOf(Day day) const;
  arrow::Status Recover();
  arrow::Status MakeFolders() const;
  void RemoveEmptyFolders(Day day) const;
  arrow::Status WriteRecord() const;
  arrow::Result<DayChanges> ReadRecord() const;
  arrow::Status Apply(const DayChanges& changes) const;
  void RemoveStaged() const;

  const std::string target_, folder_;
  std::vector<std::string> made_;  // folders that were not there before, the innermost first
  std::unique_ptr<LockFile> lock_;
  DayChanges changes_;
};

}  // namespace costream
