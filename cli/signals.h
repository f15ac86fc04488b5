// SIGINT and SIGTERM: remembered, so that a run ends in order.
#pragma once

#include <arrow/status.h>

namespace costream {

void CatchSignals();
int CaughtSignal();  // 0: none

// Of the process that ends with this status: 128 + signal where that stopped it.
int ExitCodeOf(const arrow::Status& status);

}  // namespace costream
