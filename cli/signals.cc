#include "signals.h"

#include <csignal>

#include "base/error.h"

namespace costream {
namespace {

volatile std::sig_atomic_t caught = 0;

void Remember(int signal) { caught = signal; }

}  // namespace

void CatchSignals() {
  struct sigaction action{};
  action.sa_handler = Remember;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // the write fails and says so; likewise past a file size limit
  std::signal(SIGXFSZ, SIG_IGN);
}

int CaughtSignal() { return caught; }

int ExitCodeOf(const arrow::Status& status) {
  const bool stopped = caught != 0 && !status.ok() && KindOf(status) == ErrorKind::kCancelled;
  return stopped ? 128 + caught : ExitCode(status);
}

}  // namespace costream
