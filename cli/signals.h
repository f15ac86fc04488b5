// SIGINT and SIGTERM: remembered, so that a run ends in order.
#pragma once

namespace costream {

void CatchSignals();
int CaughtSignal();  // 0: none

}  // namespace costream
