// One worker's door to a day: takes rows of batches and adds them to the day's state, through maps from
// dictionary codes to ids, so that the loops over rows see only integers and doubles.
//
// Sink: Add*. Combine: Finish. Owned by one worker at a time.
#pragma once

#include <arrow/status.h>

#include <array>

#include "aggregate/code_map.h"
#include "aggregate/day_state.h"
#include "aggregate/label_memo.h"

namespace costream {

// What the rows of a pod batch are for.
struct PodRoles {
  bool usage = false;
  bool capacity = false;
  bool mounts = false;
};

class DayWorker {
 public:
  explicit DayWorker(DayState* state);

  // Adds rows [begin, end) of the batch, all of the day. An error has no file name: it tells the row through
  // `bad_row`. Label and storage rows of a day come before its pod rows.
  arrow::Status AddPods(const UsageBatch& batch, int64_t begin, int64_t end, PodRoles roles, LabelMemo* memo,
                        int64_t* bad_row);
  arrow::Status AddStorage(const UsageBatch& batch, int64_t begin, int64_t end, LabelMemo* memo,
                           int64_t* bad_row);
  arrow::Status AddLabels(const UsageBatch& batch, int64_t begin, int64_t end, LabelMemo* memo,
                          int64_t* bad_row);

  // What this worker keeps for itself and a day may have very much of.
  int64_t own_bytes() const { return storage_.bytes(); }
  // Merges what this worker keeps for itself into the state.
  void Finish();

 private:
  using Ids = std::vector<uint32_t>;
  struct Run {
    const UsageBatch& batch;
    int64_t begin, end;
    std::span<const uint32_t> CodesOf(TextField field) const {
      return {batch.CodesOf(field).data() + begin, static_cast<size_t>(end - begin)};
    }
    const double* ValuesOf(Measure measure) const { return batch.ValuesOf(measure).data() + begin; }
    std::span<const int64_t> times() const {
      return {batch.time_micros.data() + begin, static_cast<size_t>(end - begin)};
    }
  };

  // A column's ids, of the rows at hand.
  struct TextIds {
    CodeMap map;
    Ids ids;
  };

  // Ids of an owner's texts.
  template <typename Owner>
  const Ids& Map(const Run& run, TextField field, Owner* owner, TextIds* to);
  template <typename Owner>
  arrow::Status MapLabels(const Run& run, TextField field, Owner* owner, LabelMemo* memo, int64_t* bad_row);
  TextIds& IdsOf(TextField field) { return ids_[static_cast<size_t>(field)]; }

  void NoteHours(const Run& run);
  void AddTotals(const Run& run, const Ids& nodes);
  void AddDailyCapacity(const Run& run, const Ids& nodes);
  void AddMounts(const Run& run);
  arrow::Status AddUsage(const Run& run, const Ids& nodes, LabelMemo* memo, int64_t* bad_row);
  const double* Effective(const Run& run, Measure effective, Measure usage, Measure request,
                          std::vector<double>* values) const;

  DayState& state_;
  std::array<TextIds, kTextFields> ids_;
  TextIds claimed_namespaces_, claimed_pods_;                      // of the day's claimed pods
  TextIds capacity_namespaces_, capacity_pods_, capacity_labels_;  // of the daily capacity groups
  Ids rows_;                                                       // those with a node
  std::vector<double> effective_cpu_, effective_memory_;
  PodUsage::Scratch scratch_;

  NodeFacts nodes_;
  StorageUsage storage_;
  UsageTotals totals_;
  uint32_t hours_seen_ = 0;
  bool in_range_ = true;
};

}  // namespace costream
