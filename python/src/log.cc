#include "log.h"

#include <nanobind/nanobind.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <mutex>

namespace costream {
namespace {

namespace nb = nanobind;

class PythonSink : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (!Py_IsInitialized()) return;
    const nb::gil_scoped_acquire acquire;
    try {
      const nb::object logger = nb::module_::import_("logging").attr("getLogger")("costream");
      logger.attr("log")(LevelOf(message.level), "%s",
                         nb::str(message.payload.data(), message.payload.size()));
    } catch (nb::python_error& error) {
      error.discard_as_unraisable("logging of costream");
    }
  }
  void flush_() override {}

 private:
  // Of the module logging.
  static int LevelOf(spdlog::level::level_enum level) {
    return level >= spdlog::level::critical ? 50 : 10 * std::max(1, static_cast<int>(level));
  }
};

}  // namespace

void LogToPython() {
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("costream", std::make_shared<PythonSink>()));
}

}  // namespace costream
