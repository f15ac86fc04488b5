// What the package calls, by subject: each adds its functions to the module. Their Python faces, with the
// docs, are in python/costream; arguments of the kind "--month=2025-11" are flags of the command, so that
// both have the same options.
#pragma once

#include <nanobind/nanobind.h>

#include <vector>

#include "job/partial.h"

namespace costream {

void AddJobCalls(nanobind::module_& module);      // run, plan, explain: as the command does
void AddTableCalls(nanobind::module_& module);    // aggregate: Arrow data in, rows out
void AddSummaryCalls(nanobind::module_& module);  // diff
void AddPartialCalls(nanobind::module_& module);  // partial, merge, finalize
void AddDataCalls(nanobind::module_& module);     // generate, convert
void AddUnitCalls(nanobind::module_& module);     // what a run on several machines consists of; staging

// Partial states as the engine takes them. Nothing is copied: the Python objects must outlive the buffers.
std::vector<PartialBytes> BuffersOf(const std::vector<nanobind::bytes>& partials);

}  // namespace costream
