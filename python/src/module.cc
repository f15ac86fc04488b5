#include <nanobind/nanobind.h>

#include "calls.h"
#include "log.h"

NB_MODULE(_core, module) {
  module.doc() = "The engine. Use the functions of the package costream.";
  costream::LogToPython();
  costream::AddJobCalls(module);
  costream::AddTableCalls(module);
  costream::AddSummaryCalls(module);
  costream::AddPartialCalls(module);
  costream::AddDataCalls(module);
  costream::AddUnitCalls(module);
}
