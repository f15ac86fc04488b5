// All that the rows of one day need, as far as one worker has seen it: a partial aggregation.
//
// Sink: Add* takes rows of the day. Combine: MergeFrom takes another worker's state of the same day; the
// result does not depend on the order. Finalize: merge/finalize_day.h. Owned by one worker at a time; ids are
// of pool().
#pragma once

#include <arrow/result.h>

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <span>

#include "aggregate/claimed_pods.h"
#include "aggregate/code_map.h"
#include "aggregate/group_table.h"
#include "aggregate/label_memo.h"
#include "base/fixed_sum.h"
#include "decode/usage_batch.h"

namespace costream {

inline constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

// A sum that is null while nothing was added; false from a call means the range was left.
template <typename Sum>
struct NullableSum {
  Sum sum;
  bool any = false;
};

// Measures of a pod group, in this order within cpu and memory.
enum PodMeasure : int { kUsage, kRequest, kLimit, kEffective };
inline constexpr int kPodMeasures = 4;

// One (namespace, node, own filtered labels) of the day.
struct PodGroup {
  std::array<uint32_t, 3> key{};  // namespace, node, label set
  StringPool::Id resource_id = StringPool::kNull;
  std::array<CpuSum, kPodMeasures> cpu;
  std::array<ByteSum, kPodMeasures> memory;
  uint8_t seen = 0;  // bit i: cpu[i] has a value; bit 4 + i: memory[i]
  double node_cores = kNoValue;
  double node_bytes = kNoValue;
};

// One (interval, node): the greatest capacity reported, in core-seconds and byte-seconds.
struct CapacityCell {
  std::array<uint64_t, 2> key{};  // interval_start in microseconds, node
  double core_seconds = kNoValue;
  double byte_seconds = kNoValue;
};

// One group of the daily pod table, where capacity has to come from it: its rows are added up first.
struct DailyCapacityGroup {
  std::array<uint32_t, 4> key{};  // namespace, node, pod, raw pod_labels
  CpuSum core_seconds;
  ByteSum byte_seconds;
  bool any_cores = false, any_bytes = false;
};

// One claim of one pod.
struct StorageGroup {
  std::array<uint32_t, 8>
      key{};  // namespace, pod, claim, volume, storage class, volume handle, volume set, claim set
  double claim_bytes = kNoValue;
  std::array<ByteSum, 3> sums;  // claim capacity, volume request, claim usage; byte-seconds
  uint8_t seen = 0;             // bit i: sums[i] has a value
};

// A claimed pod on a node (volume nodes).
struct Mount {
  std::array<uint32_t, 3> key{};  // namespace, pod, node
  StringPool::Id resource_id = StringPool::kNull;
};

// The label set of a node or namespace with the latest interval_start.
struct LatestLabels {
  std::array<uint32_t, 1> key{};  // node or namespace
  int64_t time_micros = std::numeric_limits<int64_t>::min();
  StringPool::Id set = StringPool::kNull;
};

struct NodeReport {
  std::array<uint32_t, 1> key{};            // node
  StringPool::Id role = StringPool::kNull;  // the greatest node_role of the node's rows
};

// Totals over the usage rows, for the reconciliation.
struct UsageTotals {
  CpuSum cpu;           // usage, core-seconds
  CpuSum cpu_left_out;  // of rows without a node
  ByteSum memory;       // usage, byte-seconds
  ByteSum memory_left_out;
  int64_t rows = 0, rows_left_out = 0;
};

// What the rows of a pod batch are for.
struct PodRoles {
  bool usage = false;
  bool capacity = false;
  bool mounts = false;
};

class DayState {
 public:
  DayState(Day day, std::shared_ptr<const ClaimedPods> claimed) : day_(day), claimed_(std::move(claimed)) {}

  // Adds rows [begin, end) of the batch. An error has no file name: it tells the row through `bad_row`.
  arrow::Status AddPods(const UsageBatch& batch, int64_t begin, int64_t end, PodRoles roles, LabelMemo* memo,
                        int64_t* bad_row);
  arrow::Status AddStorage(const UsageBatch& batch, int64_t begin, int64_t end, LabelMemo* memo,
                           ClaimedPods* claimed, int64_t* bad_row);
  arrow::Status AddLabels(const UsageBatch& batch, int64_t begin, int64_t end, LabelMemo* memo,
                          int64_t* bad_row);

  void MergeFrom(const DayState& other);

  Day day() const { return day_; }
  StringPool& pool() { return pool_; }
  const StringPool& pool() const { return pool_; }
  GroupTable<PodGroup>& pods() { return pods_; }
  const GroupTable<StorageGroup>& storage() const { return storage_; }
  const GroupTable<CapacityCell>& capacity() const { return capacity_; }
  const GroupTable<DailyCapacityGroup>& daily_capacity() const { return daily_capacity_; }
  const GroupTable<Mount>& mounts() const { return mounts_; }
  const GroupTable<LatestLabels>& node_labels() const { return node_labels_; }
  const GroupTable<LatestLabels>& namespace_labels() const { return namespace_labels_; }
  const GroupTable<NodeReport>& node_reports() const { return node_reports_; }
  const UsageTotals& totals() const { return totals_; }
  uint32_t hours_seen() const { return hours_seen_; }
  bool overflowed() const { return overflowed_; }
  int64_t bytes() const;

 private:
  CodeMap& MapOf(TextField field) { return maps_[static_cast<size_t>(field)]; }
  void BindMaps(const UsageBatch& batch);
  arrow::Result<StringPool::Id> MapLabels(TextField field, uint32_t code, LabelMemo* memo);
  void AddUsage(const UsageBatch& batch, int64_t row, PodGroup* group);
  void AddTotals(double cpu, double memory, bool left_out);
  void AddCapacity(const UsageBatch& batch, int64_t begin, int64_t end);
  void AddDailyCapacity(const UsageBatch& batch, int64_t begin, int64_t end);
  void AddMounts(const UsageBatch& batch, int64_t begin, int64_t end);
  void AddLatest(GroupTable<LatestLabels>* table, StringPool::Id object, int64_t time, StringPool::Id set);
  StringPool::Id Translate(const StringPool& from, StringPool::Id id);
  template <typename Sum>
  void AddTo(Sum* sum, double value, uint8_t bit, uint8_t* seen);

  const Day day_;
  const std::shared_ptr<const ClaimedPods> claimed_;
  StringPool pool_;
  std::array<CodeMap, kTextFields> maps_;
  CodeMap claimed_namespaces_, claimed_pods_;
  GroupTable<PodGroup> pods_;
  GroupTable<CapacityCell> capacity_;
  GroupTable<DailyCapacityGroup> daily_capacity_;
  GroupTable<StorageGroup> storage_;
  GroupTable<Mount> mounts_;
  GroupTable<LatestLabels> node_labels_, namespace_labels_;
  GroupTable<NodeReport> node_reports_;
  UsageTotals totals_;
  uint32_t hours_seen_ = 0;  // bit h: a pod row of the hourly table starts in hour h
  bool overflowed_ = false;
};

// The greater of two values, NaN (null) ignored.
inline double MaxValue(double a, double b) { return a > b || std::isnan(b) ? a : b; }

}  // namespace costream
