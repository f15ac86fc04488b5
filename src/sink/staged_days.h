// The folder of one source in a partitioned directory: one file a day, of which any number are replaced and
// removed together, even if the process is killed on the way (docs/decisions/0015-directory-commit.md, 0017).
//
//   year=2025/month=11/day=01/summary.parquet   a day
//   .costream/                                  there only while a run works, or after one was killed: new
//                                               files, and the record of which days are replaced and removed,
//                                               durable before the first is
//
// A day is old or new for whoever opens its file. Not thread-safe.
#pragma once

#include <arrow/result.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/date.h"
#include "sink/atomic_file.h"
#include "sink/sink.h"
#include "source/input_file.h"

namespace costream {

class StagedDays {
 public:
  // Waits until no other run has the folder, where that can be known, and completes or rolls back what a
  // killed run has left there. On disk or in S3, as `target` says. The errors of all functions are usage
  // errors that name it, or transient.
  static arrow::Result<std::unique_ptr<StagedDays>> Open(const std::string& target, const std::string& source,
                                                         const SinkOptions& options);
  // The folder as it is, to look at by CheckDay and FileOf only: nothing is made or locked. Usage error where
  // Open could not make it.
  static arrow::Result<std::unique_ptr<StagedDays>> Look(const std::string& target, const std::string& source,
                                                         const SinkOptions& options);
  virtual ~StagedDays() = default;  // aborts unless committed

  // Usage error where the day's folder holds a Parquet file of others: then rows would stand beside ours.
  virtual arrow::Status CheckDay(Day day) const = 0;
  // The day's file; null or absent where there is none.
  virtual InputFilePtr FileOf(Day day) const = 0;

  // The day's new file, to be committed; it replaces the day's file at Commit.
  virtual arrow::Result<std::unique_ptr<AtomicFile>> Stage(Day day) = 0;
  // At Commit the day's file is removed.
  virtual void Remove(Day day) = 0;

  // Replaces and removes. After an error nothing is changed, or some days are, and the next run changes the
  // rest: the message tells.
  virtual arrow::Status Commit() = 0;
  virtual void Abort() = 0;
};

enum class DayChange { kReplace, kRemove };
using DayChanges = std::map<Day, DayChange>;

// The record of a commit as text, and back; nothing where it is none that this version knows.
std::string RecordText(const DayChanges& changes);
std::optional<DayChanges> ParseRecord(std::string_view text);

// Where things are, below the target: "source=S", "year=2025/month=11/day=01", "2025-11-01.staged".
std::string FolderOfSource(const std::string& source);
std::string FolderOfDay(Day day);
std::string StagedName(Day day);

inline constexpr const char* kDayFile = "summary.parquet";
inline constexpr const char* kHiddenFolder = ".costream";
inline constexpr const char* kRecord = "commit";

}  // namespace costream
