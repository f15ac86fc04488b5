// The state of a day as rows of Arrow data, and back: what several processes have seen of one day is added up
// as what the workers of one process have. Exact, in any order.
//
// A row is one group, label set, capacity cell, ... (`part` tells which); its columns hold what that has.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <map>
#include <memory>

#include "aggregate/day_state.h"

namespace costream {

using DayStates = std::map<Day, std::unique_ptr<DayState>>;

std::shared_ptr<arrow::Schema> PartialSchema();

// All of the state. REQUIRES: all workers have finished the day, and no pods are spilled.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> WritePartial(const DayState& state);

// Adds the rows to the states of their days, which are made where they are absent. Input error for rows that
// WritePartial cannot have written.
arrow::Status AddPartial(const arrow::RecordBatch& rows, DayStates* states);

}  // namespace costream
