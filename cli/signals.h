// SIGINT and SIGTERM: remembered, so that a run ends in order.
#pragma once

#include <arrow/status.h>

namespace costream {

void CatchSignals();
int CaughtSignal();  // 0: none

// Of the process: 128 and the signal's number where that stopped it.
int ExitCodeOf(const arrow::Status& status);

}  // namespace costream
