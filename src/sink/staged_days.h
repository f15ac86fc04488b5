// The folder of one source in a partitioned directory: one file a day, of which any number are replaced and
// removed together, even if the process is killed on the way (docs/decisions/0015-directory-commit.md).
//
//   year=2025/month=11/day=01/summary.parquet   a day
//   .costream/                                  there only while a run works, or after one was killed
//     lock                                      held by the run
//     2025-11-01.staged                         the day's new file
//     commit                                    which days are replaced and removed; durable before the first
//     is
//
// A day is old or new for whoever opens its file. Not thread-safe.
#pragma once

#include <arrow/result.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/date.h"
#include "sink/lock_file.h"

namespace costream {

class StagedDays {
 public:
  // Makes the folder, waits for its lock, and completes or rolls back what a killed run has left there. The
  // errors of all functions are usage errors that name `target`.
  static arrow::Result<std::unique_ptr<StagedDays>> Open(const std::string& target, const std::string& source,
                                                         const SinkOptions& options);
  // The folder as it is, to look at by CheckDay and FileOf only: nothing is made or locked. Usage error where
  // Open could not make it.
  static arrow::Result<std::unique_ptr<StagedDays>> Look(const std::string& target,
                                                         const std::string& source);
  ~StagedDays();  // aborts unless committed

  // Usage error where the day's folder holds a Parquet file of others: then rows would stand beside ours.
  arrow::Status CheckDay(Day day) const;
  // The day's file, there or not.
  std::string FileOf(Day day) const;

  // Where the day's new file is to be written; it replaces the day's file at Commit.
  std::string Stage(Day day);
  // At Commit the day's file is removed.
  void Remove(Day day);

  // Replaces and removes. REQUIRES: staged files are complete and synced. After an error nothing is changed,
  // or some days are, and the next run changes the rest: the message tells.
  arrow::Status Commit();
  void Abort();

 private:
  enum class Change { kReplace, kRemove };

  StagedDays(std::string target, std::string folder);
  std::string Hidden(const std::string& name) const;
  std::string StagedFile(Day day) const;
  arrow::Status Recover();
  arrow::Status MakeFolders() const;
  void RemoveEmptyFolders(Day day) const;
  arrow::Status WriteRecord() const;
  arrow::Result<std::map<Day, Change>> ReadRecord() const;
  arrow::Status Apply(const std::map<Day, Change>& changes) const;
  void RemoveStaged() const;

  const std::string target_, folder_;
  std::vector<std::string> made_;  // folders that were not there before, the innermost first
  std::unique_ptr<LockFile> lock_;
  std::map<Day, Change> changes_;
};

}  // namespace costream
