// One run done by several processes: each makes the partial states of its part of the plan's units, some
// merge them, one finalizes. The rows are those of one run, to the last bit, however the units are cut and
// the states are merged.
//
// Every part plans the whole of the same inputs with the same options, and takes every parts-th unit. Of each
// part exactly one state counts: merging one twice, and finalizing with one missing, are usage errors.
#pragma once

#include <arrow/buffer.h>
#include <arrow/result.h>

#include <memory>
#include <vector>

#include "job/pipeline.h"

namespace costream {

// An Arrow IPC stream of rows of PartialSchema(), with what it is of in the metadata of its schema.
using PartialBytes = std::shared_ptr<arrow::Buffer>;

// Usage error where the states outgrow the memory limit: nothing is spilled.
arrow::Result<PartialBytes> MakePartial(const RunOptions& options, int part, int parts);

// Usage error for states of different runs, and for a part that comes twice.
arrow::Result<PartialBytes> MergePartials(const std::vector<PartialBytes>& partials);

// Makes the rows and hands them to the sink; all parts must be there. options.inputs is not looked at: whose
// rows they are, and of which days, the states tell. Of the result, what tells of the input (files, bytes,
// rows read) is not known.
arrow::Result<RunResult> FinalizePartials(const RunOptions& options,
                                          const std::vector<PartialBytes>& partials, Sink* sink);

}  // namespace costream
