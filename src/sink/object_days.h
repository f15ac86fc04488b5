// StagedDays in S3, where there is neither rename nor lock: in .costream each run has a folder of its own
// with the days' new objects and its record. At Commit they are copied to their names by the store itself,
// each whole; the record is removed when all are there (docs/decisions/0017-directory-in-s3.md).
#pragma once

#include <arrow/filesystem/filesystem.h>

#include <string>
#include <vector>

#include "sink/staged_days.h"

namespace costream {

class ObjectDays : public StagedDays {
 public:
  static arrow::Result<std::unique_ptr<StagedDays>> Open(const std::string& target, const std::string& source,
                                                         const SinkOptions& options);
  static arrow::Result<std::unique_ptr<StagedDays>> Look(const std::string& target, const std::string& source,
                                                         const S3Settings& s3);
  ~ObjectDays() override { ObjectDays::Abort(); }

  arrow::Status CheckDay(Day day) const override;
  InputFilePtr FileOf(Day day) const override;
  arrow::Result<std::unique_ptr<AtomicFile>> Stage(Day day) override;
  void Remove(Day day) override { changes_[day] = DayChange::kRemove; }
  arrow::Status Commit() override;
  void Abort() override;

 private:
  static arrow::Result<std::unique_ptr<ObjectDays>> Make(const std::string& target, const std::string& source,
                                                         const S3Settings& s3);
  ObjectDays(std::string target, std::string folder, std::shared_ptr<S3Store> store);

  std::string NameOf(Day day) const;
  std::string StagedOf(const std::string& run, Day day) const { return run + StagedName(day); }
  arrow::Status List();
  arrow::Status Recover(const SinkOptions& options);
  arrow::Result<DayChanges> ReadRecord(const std::string& record) const;
  arrow::Status Apply(const std::string& run, const DayChanges& changes) const;
  arrow::Status CopyDay(const std::string& run, Day day) const;

  // Names are s3://bucket/key, those of folders end with a slash.
  const std::string target_, folder_, run_;
  const std::shared_ptr<S3Store> store_;
  std::map<std::string, InputFilePtr> objects_;  // below the folder, by name
  DayChanges changes_;
  std::vector<std::string> staged_;  // names of objects of this run
  bool committed_ = false;           // the record is there, or may be: it is for the next run to look after
};

}  // namespace costream
