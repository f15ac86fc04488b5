// Storage groups of a day, joined with the nodes that their pods ran on -> Storage rows (spec: "Storage
// rows").
//
// The joins are by sorting, on disk where the groups are more than fit in memory: groups meet the mounts of
// their pods in the order of (namespace, pod), the nodes of a volume are counted in the order of volumes, and
// rows are written in theirs.
#pragma once

#include "aggregate/day_state.h"
#include "merge/record_sort.h"
#include "merge/row_builder.h"

namespace costream {

struct FinalizeOptions;
struct SummaryTotals;

class StorageRows {
 public:
  // Holds up to so many bytes in memory, at each of three places.
  StorageRows(SpillSpace* space, size_t sort_bytes);

  // Takes groups and mounts; those of one key may come several times.
  arrow::Status Add(const StorageUsage& storage);
  // Once, after all Add. Labels, range and date are the state's; its storage is not looked at. Input error
  // where a sum left its range.
  arrow::Status Write(const DayState& state, const FinalizeOptions& options, RowBuilder* rows,
                      SummaryTotals* totals);

 private:
  arrow::Status JoinMounts(const DayState& state);
  arrow::Status CountNodes();

  SpillSpace& space_;
  const size_t sort_bytes_;
  std::unique_ptr<RecordSort> groups_, mounts_;  // by namespace, pod
  std::unique_ptr<RecordSort> by_volume_;        // rows, and before them the nodes of their volume
  std::unique_ptr<RecordSort> rows_;
};

}  // namespace costream
