// All that the summary needs of one day, shared by the workers that see rows of it.
//
// Labels, claimed pods and node names are added to under their own locks, pod groups under those of their
// partitions. The rest is merged from each DayWorker when it is done (DayWorker::Finish).
#pragma once

#include <array>
#include <mutex>

#include "aggregate/claimed_pods.h"
#include "aggregate/day_labels.h"
#include "aggregate/node_facts.h"
#include "aggregate/pod_usage.h"
#include "aggregate/storage_usage.h"
#include "base/date.h"

namespace costream {

// Totals over the usage rows, for the reconciliation.
struct UsageTotals {
  CpuSum cpu;           // usage, core-seconds
  CpuSum cpu_left_out;  // of rows without a node
  ByteSum memory;       // usage, byte-seconds
  ByteSum memory_left_out;
  int64_t rows = 0, rows_left_out = 0;

  [[nodiscard]] bool Merge(const UsageTotals& other);
};

struct DayState {
  DayState(Day of, int partitions) : day(of), empty_node(names.Intern("")), pods(partitions), nodes(&names) {}

  // Of `storage`; may be asked at any time.
  int64_t StorageBytes() {
    const std::lock_guard lock(mutex);
    return storage.bytes();
  }

  const Day day;
  DayLabels labels;
  ClaimedPods claimed;
  NodeNames names;
  const StringPool::Id empty_node;  // the node named ""
  PodUsage pods;

  std::mutex mutex;  // guards all that follows
  NodeFacts nodes;
  StorageUsage storage;
  UsageTotals totals;
  uint32_t hours_seen = 0;  // bit h: a pod row of the hourly table starts in hour h
  bool in_range = true;     // no sum has left its range
};

}  // namespace costream
