// Workers over the units of a plan: aggregate, and finish each day as soon as nothing more can come for it.
//
// The workers share a day's DayState; it is finalized, written and freed in day order by whichever worker
// finishes its last unit. A pod unit waits for the storage and label units
// before it (ClaimedPods; labels are joined when a day is spilled).
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>

#include "aggregate/day_worker.h"
#include "job/memory_limit.h"
#include "job/plan.h"
#include "job/units_ahead.h"

namespace costream {

class Aggregator {
 public:
  Aggregator(const Plan* plan, const RunOptions* options, const FinalizeOptions* finalize,
             const LabelFilter* filter, const MemoryLimit* memory, RowBuilder* rows);
  ~Aggregator();

  // Instead of finalizing days, give their states away: they may be parts of days, which others complete.
  // Nothing is spilled then. `takes_all_pods`: claims of the plan's pods may be told by others, too. To be
  // called before Run.
  void KeepStates(std::function<arrow::Status(const DayState&)> keep, bool takes_all_pods) {
    keep_ = std::move(keep);
    takes_all_pods_ = takes_all_pods;
  }

  // Runs all units to the end, or to the first error.
  arrow::Status Run(bool in_memory, int threads);

  int64_t spilled_bytes() const { return space_.bytes(); }

  const SummaryTotals& totals() const { return totals_; }
  const DecodeCounts& counts() const { return counts_; }
  // By day - first_day: bit h is set where the hourly pod table has a row of hour h.
  const std::vector<uint32_t>& hours_seen() const { return hours_seen_; }
  // Ascending.
  const std::vector<Day>& days_with_rows() const { return days_with_rows_; }

 private:
  struct DaySlot;
  struct Loaded;
  // What to spill: the storage of a day, or its pods; or nothing.
  struct Spill {
    DaySlot* slot = nullptr;
    bool storage = false;
  };

  void Work();
  arrow::Status LoadAll();
  std::optional<size_t> ChooseUnit(Day own_day) const;
  std::optional<size_t> TakeUnit(Day own_day);
  arrow::Status RunUnit(size_t index, LabelMemo* memo);
  arrow::Status AddBatch(const Unit& unit, const UsageBatch& batch, const BatchReader& reader,
                         LabelMemo* memo, std::map<Day, std::unique_ptr<DayWorker>>* days);
  arrow::Status AddRun(const Unit& unit, const UsageBatch& batch, int64_t begin, int64_t end, Day day,
                       LabelMemo* memo, DayWorker* worker, int64_t* bad_row);
  std::unique_ptr<DayWorker> TakeWorker(Day day);
  DecodeOptions DecodeOptionsOf(const Unit& unit) const;
  int64_t StateBytes();
  arrow::Status KeepToLimit(Day day);
  Spill ChooseSpill() const;
  int64_t OutputBytes(const DayState& state) const;
  arrow::Status SpillPods(DaySlot* slot);
  arrow::Status SpillStorage(DaySlot* slot);
  void FinishUnit(size_t index);
  arrow::Status EmitReadyDays();
  arrow::Status EmitDay(DaySlot* slot, Day day);
  void Fail(const arrow::Status& status);
  void Report(const DecodeCounts& counts, int64_t bytes, const DecodeCounts& before);

  const Plan& plan_;
  const RunOptions& options_;
  const FinalizeOptions& finalize_;
  const LabelFilter& filter_;
  const MemoryLimit& memory_;
  RowBuilder& rows_;
  SpillSpace space_;

  std::function<arrow::Status(const DayState&)> keep_;  // see KeepStates
  bool takes_all_pods_ = false;
  int threads_ = 1;
  int partitions_ = 1;  // of a day's pod groups
  UnitsAhead units_ahead_;
  std::vector<Loaded> loaded_;  // in-memory mode: by unit, as far as memory went
  std::mutex mutex_;            // guards all that follows
  std::condition_variable changed_;
  std::vector<bool> taken_;                      // by unit
  size_t first_left_ = 0;                        // the first unit not taken
  std::set<size_t> feeding_;                     // storage and label units not finished: pods after them wait
  bool share_days_ = false;                      // see ChooseUnit
  std::vector<std::unique_ptr<DaySlot>> slots_;  // by day - first_day
  Day next_day_ = 0;                             // the next to be written
  bool emitting_ = false;
  std::atomic<int64_t> released_bytes_ = 0;  // resident after free memory went back the last time
  std::atomic<int64_t> opening_bytes_ = 0;   // that row groups being opened may still need
  std::atomic<int64_t> output_bytes_ = 0;    // that the day being written may still need
  arrow::Status status_;
  SummaryTotals totals_;
  DecodeCounts counts_;
  std::vector<uint32_t> hours_seen_;
  std::vector<Day> days_with_rows_;
  Progress progress_;
};

}  // namespace costream
