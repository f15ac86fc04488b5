// The engine's log goes to the Python logger "costream". Whoever logs must not hold the GIL while waiting for
// the sink's lock: all work runs without it.
#pragma once

namespace costream {

void LogToPython();

}  // namespace costream
