// The main job. Read this first: the whole program is these steps.
//
//   reference data   source/reference_json.h   whose reports, which labels count, categories, roles
//   plan             job/plan.h                which files and row groups, for which days, and what for
//   aggregate        job/aggregator.h          workers: decode/ reads units, aggregate/ keeps a day's state
//   memory           job/memory_limit.h        near the limit pod groups are spilled (merge/pod_run.h)
//   finalize         merge/finalize_day.h      a finished day's state -> its rows, in order
//   sink             sink/sink.h               rows -> the target, all or nothing
//
// A new report kind starts in model/report.h, a new sink in sink/sink.h, a new option in job/options.h.
#pragma once

#include <arrow/result.h>

#include "job/options.h"
#include "job/plan.h"

namespace costream {

// A run up to its plan: what is left is to read and write.
struct PlannedRun {
  ReferenceData reference;
  Plan plan;
};

// Changes nothing.
arrow::Result<PlannedRun> PlanRun(const RunOptions& options);

// The same for streams: options.inputs is not looked at.
arrow::Result<PlannedRun> PlanStreams(const RunOptions& options, const std::vector<StreamInput>& streams);

// What finalizing takes of the reference data.
FinalizeOptions FinalizeOptionsOf(const RunOptions& options, const PlannedRun& planned);

// The rest, into a sink of the caller's: options.target is not looked at.
arrow::Result<RunResult> RunPlanned(const RunOptions& options, const PlannedRun& planned, Sink* sink);

// What the sink of options.target is made with.
SinkOptions SinkOptionsOf(const RunOptions& options);

// That of options.target.
arrow::Result<std::unique_ptr<Sink>> SinkOf(const RunOptions& options);

// Runs the job. On an error the target is as it was.
arrow::Result<RunResult> Run(const RunOptions& options);

// The same into a sink of the caller's: options.target is not looked at.
arrow::Result<RunResult> RunInto(const RunOptions& options, Sink* sink);

// The same over streams into a sink of the caller's, for the library.
arrow::Result<RunResult> RunStreams(const RunOptions& options, const std::vector<StreamInput>& streams,
                                    Sink* sink);

}  // namespace costream
