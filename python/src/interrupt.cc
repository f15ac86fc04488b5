#include "interrupt.h"

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include "base/error.h"
#include "errors.h"

namespace costream {
namespace {

namespace nb = nanobind;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kBetweenSignals{50};

// No exception of the engine's libraries may leave its thread.
arrow::Status NoThrow(const std::function<arrow::Status(const Cancelled&)>& work,
                      const Cancelled& cancelled) {
  try {
    return work(cancelled);
  } catch (const std::bad_alloc&) {
    return OutOfMemoryError();
  } catch (const std::exception& error) {
    return MakeError(ErrorKind::kInternal, fmt::format("internal error: {}", error.what()));
  }
}

// What a signal handler or callback has raised, kept until the work has ended.
class Raised {
 public:
  bool any() const { return error_.has_value(); }
  // REQUIRES: the GIL.
  void Keep(nb::python_error& error) {
    if (!error_) error_.emplace(std::move(error));
  }
  void HandleSignals() {
    if (PyErr_CheckSignals() == 0) return;
    nb::python_error error;
    Keep(error);
  }
  void Throw() {
    if (error_) throw nb::python_error(std::move(*error_));
  }

 private:
  std::optional<nb::python_error> error_;
};

}  // namespace

void RunOnOwnThread(const std::function<arrow::Status(const Cancelled&)>& work,
                    const std::function<void()>& tick, Feed* feed) {
  Feed none;
  if (!feed) feed = &none;
  std::atomic<bool> cancelled = false;
  arrow::Status status;
  Raised raised;
  {
    const nb::gil_scoped_release release;
    std::jthread worker([&] {
      status = NoThrow(work, [&] { return cancelled.load(); });
      feed->End();
    });
    auto looked = steady_clock::now();
    while (!feed->Wait(kBetweenSignals)) {
      if (steady_clock::now() - looked >= kBetweenSignals) {
        looked = steady_clock::now();
        const nb::gil_scoped_acquire acquire;
        raised.HandleSignals();
        try {
          if (tick && !raised.any()) tick();
        } catch (nb::python_error& error) {
          raised.Keep(error);
        }
      }
      if (raised.any()) {
        cancelled = true;
        feed->Stop();
      } else {
        feed->ReadOne();
      }
    }
  }
  raised.Throw();
  Check(status);
}

}  // namespace costream
