#include "base/fault_point.h"

#ifdef COSTREAM_FAULT_POINTS

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

#include "base/error.h"

namespace costream {
namespace {

constexpr std::array kNames = {"arrow.allocate", "spill.write",     "spill.read",     "file.sync",
                               "file.rename",    "object.complete", "days.record",    "days.apply",
                               "days.forget",    "sqlite.commit",   "postgres.begin", "postgres.copy",
                               "postgres.commit"};
static_assert(kNames.size() == static_cast<size_t>(FaultPoint::kPostgresCommit) + 1);

// What the environment asks for.
struct Fault {
  std::string point, action;
  int64_t number = 0;
  int log = -1;
};

Fault ReadFault() {
  Fault fault;
  if (const char* log = std::getenv("COSTREAM_FAULT_LOG")) {
    fault.log = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  }
  const char* const set = std::getenv("COSTREAM_FAULT");
  if (!set) return fault;
  const std::string_view text = set;
  if (text == "list") {
    for (const char* name : kNames) std::puts(name);
    std::exit(0);
  }
  const size_t first = text.find(':'), last = text.rfind(':');
  if (first == last) {
    std::fprintf(stderr, "COSTREAM_FAULT=%s: not point:n:action\n", set);
    std::exit(2);
  }
  fault.point = text.substr(0, first);
  fault.number = std::atoll(set + first + 1);
  fault.action = text.substr(last + 1);
  return fault;
}

const Fault fault = ReadFault();
std::atomic<int64_t> passed = 0;  // of the fault's point

// Whether no process before has met the fault, where it is for one only.
bool IsOurs() {
  const char* const once = std::getenv("COSTREAM_FAULT_ONCE");
  if (!once) return true;
  const int made = open(once, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (made >= 0) close(made);
  return made >= 0;
}

}  // namespace

arrow::Status Pass(FaultPoint point) {
  const std::string_view name = kNames[static_cast<size_t>(point)];
  if (fault.log >= 0) {
    const std::string line = std::string(name) + "\n";
    (void)!write(fault.log, line.data(), line.size());
  }
  if (name != fault.point || ++passed != fault.number || !IsOurs()) return arrow::Status::OK();
  if (fault.action == "abort") kill(getpid(), SIGKILL);
  if (fault.action == "sleep") std::this_thread::sleep_for(std::chrono::milliseconds(300));
  if (fault.action != "error") return arrow::Status::OK();
  if (point == FaultPoint::kArrowAllocate) return OutOfMemoryError();
  return MakeError(ErrorKind::kTransient, fmt::format("a test lets {} fail", name));
}

}  // namespace costream

#endif
