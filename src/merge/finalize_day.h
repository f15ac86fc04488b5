// The state of one day -> the day's summary rows, in the documented order (spec: summary).
#pragma once

#include <arrow/status.h>

#include <array>
#include <map>
#include <string>

#include "aggregate/day_state.h"
#include "merge/pod_run.h"
#include "merge/row_builder.h"
#include "merge/storage_rows.h"
#include "model/reference.h"

namespace costream {

struct FinalizeOptions {
  RunIdentity identity;
  std::vector<CostCategory> cost_categories;
  RoleTable roles{{}};
  RowKindSet rows;
};

// Usage of one namespace: core-hours and GiB-hours.
struct NamespaceTotals {
  double cpu_hours = 0, gib_hours = 0;
};

// Totals over finalized days; adds up by +=. Hours are core-hours and GiB-hours.
struct SummaryTotals {
  std::array<int64_t, kRowKinds> rows{};                 // by RowKind
  double cpu_input = 0, cpu_rows = 0, cpu_left_out = 0;  // core-hours: usage rows read = pod rows + left out
  double gib_input = 0, gib_rows = 0, gib_left_out = 0;
  int64_t input_rows = 0, input_rows_left_out = 0;
  double cpu_requested = 0, gib_requested = 0;
  double cpu_capacity = 0, gib_capacity = 0;            // of the cluster
  double cpu_used_on_nodes = 0, gib_used_on_nodes = 0;  // of the rows that Unallocated is computed from
  double cpu_unallocated = 0, gib_unallocated = 0;
  double cpu_idle_nodes = 0, gib_idle_nodes = 0;  // capacity of nodes without an Unallocated row
  double claim_gib_months = 0, claim_used_gib_months = 0;
  bool input_reconciles = true;  // exactly, in the accumulators
  std::map<std::string, NamespaceTotals> namespaces;

  SummaryTotals& operator+=(const SummaryTotals& other);
};

// Whether the Pod rows of a namespace are taken from their node's capacity in its Unallocated row.
bool TakesFromNode(const std::optional<std::string_view>& name_space);

// What of a day is not in its state (any more): some or no pod groups, and all storage groups.
struct SpilledDay {
  SpilledDay(SpillSpace* space, size_t sort_bytes) : storage(space, sort_bytes) {}

  // Takes the state's storage out of it. REQUIRES: nobody adds to it.
  arrow::Status TakeStorage(DayState* state) {
    ARROW_RETURN_NOT_OK(storage.Add(state->storage));
    state->storage.Clear();
    return arrow::Status::OK();
  }

  std::vector<std::unique_ptr<PodRun>> pods;
  StorageRows storage;
};

// Writes the day's rows to `rows` (not flushed) and adds its totals. Input error where a sum left its range.
// REQUIRES: all workers have finished the day, its storage is taken out of the state.
arrow::Status FinalizeDay(const DayState& state, SpilledDay* spilled, const FinalizeOptions& options,
                          RowBuilder* rows, SummaryTotals* totals);

}  // namespace costream
